import { objectTooLarge } from './object-errors.js';

/** Collects a stream and stops as soon as it is longer than `maxBytes`, whatever it announced. */
export async function readStreamLimited(
  stream: AsyncIterable<Uint8Array>,
  key: string,
  maxBytes: number,
): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  // Leaving the loop destroys the stream and with it the connection.
  for await (const chunk of stream) {
    size += chunk.byteLength;
    if (size > maxBytes) throw objectTooLarge(key, size, maxBytes);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, size);
}
