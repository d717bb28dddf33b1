import { Attribute, Group, type Entity } from 'h5wasm';
import { kerasError } from './keras-error.js';

/** Larger than any list of names in a Keras model of a few hundred layers. */
const MAX_ATTRIBUTE_BYTES = 1 << 20;

/** Deeper than Keras nests models. */
const MAX_DEPTH = 16;

/** Groups, datasets and text attributes of a file that is not trusted. */
export class Hdf5Tree {
  private readonly names = new Map<string, readonly string[]>();

  /** Of what lies in a group. */
  namesIn(group: Group): readonly string[] {
    const names = this.names.get(group.path) ?? group.keys();
    this.names.set(group.path, names);
    return names;
  }

  /**
   * What lies at `path` below a group, by hard links alone: soft ones and links into other files are
   * nothing that Keras writes.
   * @returns null when there is nothing
   * @throws PipelineError KERAS_FILE_INVALID on a link
   */
  at(group: Group, path: string): Entity | null {
    const parts = path.split('/');
    if (parts.length > MAX_DEPTH) return null;
    let entity: Entity | null = group;
    for (const part of parts) {
      entity = entity instanceof Group ? this.child(entity, part) : null;
    }
    return entity;
  }

  /**
   * An attribute that is text or a list of texts.
   * @returns null when there is none of the name, or it is something else
   * @throws PipelineError KERAS_FILE_INVALID when it is longer than any that Keras writes
   */
  texts(group: Group, name: string): readonly string[] | null {
    if (!Object.keys(group.attrs).includes(name)) return null;
    const attribute = new Attribute(group.file_id, group.path, name);
    const { size, total_size: count } = attribute.metadata;
    if (size * count > MAX_ATTRIBUTE_BYTES) {
      const path = `${group.path}@${name}`;
      throw kerasError('KERAS_FILE_INVALID', `the attribute ${path} is too long`, { path });
    }
    const { value } = attribute;
    if (typeof value === 'string') return [value];
    return Array.isArray(value) && value.every((text) => typeof text === 'string') ? value : null;
  }

  private child(group: Group, name: string): Entity | null {
    if (!this.namesIn(group).includes(name)) return null;
    const path = group.path === '/' ? `/${name}` : `${group.path}/${name}`;
    // Typed as always there; null unless the link is of the kind.
    const soft = group.get_link(path) as string | null;
    const external = group.get_external_link(path) as { filename?: string };
    if (soft === null && external.filename === undefined) return group.get(name);
    throw kerasError('KERAS_FILE_INVALID', `${path} is a link, which Keras never writes`, { path });
  }
}
