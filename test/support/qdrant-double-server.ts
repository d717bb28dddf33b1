import { DoubleCollection } from './qdrant-double-collection.js';
import { alreadyExists, notFound, QdrantError, wrongInput } from './qdrant-double-errors.js';
import { type Requests } from './qdrant-double-schemas.js';

/** Collections and their aliases. */
export class DoubleServer {
  private readonly collections = new Map<string, DoubleCollection>();
  private readonly aliases = new Map<string, string>();

  /** The collection with this name or alias. */
  collection(name: string): DoubleCollection {
    const found = this.collections.get(this.aliases.get(name) ?? name);
    if (!found) throw notFound(`Collection \`${name}\` doesn't exist!`);
    return found;
  }

  createCollection(name: string, settings: Requests['createCollection']): boolean {
    if (/[<>:"/\\|?*\0]/.test(name) || name.length > 255) {
      throw new QdrantError(422, 'Validation error in path parameters: [name: invalid]');
    }
    if (this.collections.has(name)) throw alreadyExists(name);
    if (this.aliases.has(name)) {
      throw wrongInput(
        `Can't create collection with name ${name}. Alias with the same name already exists`,
      );
    }
    this.collections.set(name, new DoubleCollection(settings));
    return true;
  }

  deleteCollection(name: string): boolean {
    for (const [alias, target] of this.aliases) if (target === name) this.aliases.delete(alias);
    return this.collections.delete(name);
  }

  updateAliases({ actions }: Requests['updateAliases']): boolean {
    for (const action of actions) {
      if ('delete_alias' in action) {
        this.aliases.delete(action.delete_alias.alias_name);
        continue;
      }
      const { collection_name: collection, alias_name: alias } = action.create_alias;
      if (!this.collections.has(collection)) {
        throw notFound(`Collection \`${collection}\` doesn't exist!`);
      }
      if (this.collections.has(alias)) throw alreadyExists(alias);
      this.aliases.set(alias, collection);
    }
    return true;
  }

  listAliases() {
    return {
      aliases: [...this.aliases].map(([alias_name, collection_name]) => ({
        alias_name,
        collection_name,
      })),
    };
  }
}
