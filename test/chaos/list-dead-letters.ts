import { z } from 'zod';
import { requestJson } from '../support/api.js';

const pageSchema = z.object({
  letters: z.array(z.object({ code: z.string(), image: z.object({ key: z.string() }).nullable() })),
  cursor: z.string().nullable(),
});

/** Code and image of every dead letter. */
export async function listDeadLetters(ingestUrl: string): Promise<string[]> {
  const found: string[] = [];
  let cursor: string | null = '';
  while (cursor !== null) {
    const query = new URLSearchParams({ limit: '100', ...(cursor && { cursor }) });
    const page = pageSchema.parse(
      await requestJson(`${ingestUrl}/v1/dead-letters?${query.toString()}`),
    );
    found.push(...page.letters.map(({ code, image }) => `${code} ${image?.key ?? ''}`));
    cursor = page.cursor;
  }
  return found;
}
