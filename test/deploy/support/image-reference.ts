/**
 * Returns a message if an image is not pinned to a full version, with or without a digest; null if it is.
 * A registry host is not allowed either: each installation chooses its own.
 */
export function imageProblem(reference: string): string | null {
  const [name = '', digest] = reference.split('@');
  const [repository = '', tag] = name.split(':');
  if (/[.:]/.test(repository.split('/')[0]!)) return `${reference} names a registry host`;
  if (digest !== undefined && !/^sha256:[0-9a-f]{64}$/.test(digest)) {
    return `${reference} has an invalid digest`;
  }
  if (tag === undefined) return `${reference} has no tag`;
  if (!/\d+\.\d+/.test(tag)) return `${reference} has a tag that is not a full version`;
  return null;
}
