/**
 * Runs a validator and tells which fields of `data` it never looked at, as paths. The validators of
 * kubernetes-models let unknown fields pass; the API server does not, and a misspelt one is one that is not set.
 */
export function unreadFields(data: object, validate: (watched: object) => void): string[] {
  const read = new Set<string>();
  validate(watch(data, '', read));
  return [...fieldsOf(data, '')].filter((field) => !read.has(field));
}

function watch<T extends object>(target: T, path: string, read: Set<string>): T {
  const children = new Map<string, unknown>();
  return new Proxy(target, {
    get(object, key) {
      const value: unknown = Reflect.get(object, key);
      if (typeof key !== 'string' || !Object.hasOwn(object, key)) return value;
      const field = `${path}/${key}`;
      read.add(field);
      if (typeof value !== 'object' || value === null) return value;
      // The same one each time: validators compare what they were given.
      if (!children.has(key)) children.set(key, watch(value, field, read));
      return children.get(key);
    },
  });
}

function* fieldsOf(value: unknown, path: string): Generator<string> {
  if (typeof value !== 'object' || value === null) return;
  for (const [key, child] of Object.entries(value)) {
    yield `${path}/${key}`;
    yield* fieldsOf(child, `${path}/${key}`);
  }
}
