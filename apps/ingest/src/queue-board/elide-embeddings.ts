/** The value as the board shows it: a person's embedding is biometric data, and a page full of base64. */
export function elideEmbeddings(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(elideEmbeddings);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, part]) => [
      name,
      name === 'embedding' ? '…' : elideEmbeddings(part),
    ]),
  );
}
