/**
 * Why an image is not the same one tomorrow; null when its tag names a full version, with or without a digest.
 * A registry's host is refused too: it is the installation's choice.
 */
export function imageProblem(reference: string): string | null {
  const [name = '', digest] = reference.split('@');
  const [repository = '', tag] = name.split(':');
  if (/[.:]/.test(repository.split('/')[0]!)) return `${reference} names a registry's host`;
  if (digest !== undefined && !/^sha256:[0-9a-f]{64}$/.test(digest)) {
    return `${reference} has a digest that is none`;
  }
  if (tag === undefined) return `${reference} has no tag`;
  if (!/\d+\.\d+/.test(tag)) return `${reference} has a tag that moves`;
  return null;
}
