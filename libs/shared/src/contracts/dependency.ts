/** Something outside of a service that its work needs. */
export interface Dependency {
  readonly kind: 'redis' | 'vector-store' | 'store' | 'gallery';
  /** Which one: the name of an object store, the tenant of a gallery. Null where there is only one. */
  readonly id: string | null;
}

/** Every job needs it. */
export const REDIS_DEPENDENCY: Dependency = { kind: 'redis', id: null };
export const VECTOR_STORE_DEPENDENCY: Dependency = { kind: 'vector-store', id: null };

/** An object store by its name in STORES. */
export function storeDependency(id: string): Dependency {
  return { kind: 'store', id };
}

/** The gallery of a tenant, which must be of the matcher's model space. */
export function galleryDependency(tenant: string): Dependency {
  return { kind: 'gallery', id: tenant };
}

/** The same text for equal dependencies only: no kind contains a space, so an id cannot look like a part of it. */
export function dependencyKey({ kind, id }: Dependency): string {
  return id === null ? kind : `${kind} ${id}`;
}

/** For log lines. */
export function dependencyName({ kind, id }: Dependency): string {
  switch (kind) {
    case 'redis':
      return 'redis';
    case 'vector-store':
      return 'the vector store';
    case 'store':
      return `store ${id ?? ''}`;
    case 'gallery':
      return `the gallery of ${id ?? ''}`;
  }
}

/** For the label of a metric: there may be any number of tenants, so the label leaves them out. */
export function dependencyLabel(dependency: Dependency): string {
  return dependency.kind === 'gallery' ? 'the gallery' : dependencyName(dependency);
}
