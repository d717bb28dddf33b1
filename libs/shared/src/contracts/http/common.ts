import { z } from 'zod';

export const count = z.number().int().nonnegative();

/** Query parameter: maximum number of items on a page. */
export function limitSchema(maximum: number, fallback: number) {
  return z.coerce
    .number<string | number>()
    .int()
    .min(1)
    .max(maximum)
    .default(fallback)
    .meta({ description: 'Maximum number of items.' });
}

/** Where the next page begins. */
export const nextCursorSchema = z
  .string()
  .nullable()
  .meta({ description: 'Pass it as `cursor` to get the next page; null after the last page.' });

export const problemSchema = z.object({
  code: z.string().meta({ description: 'Stable name of the error.' }),
  message: z.string().meta({ description: 'What is wrong and what to do about it.' }),
});

/** A moment of a request, as milliseconds since the epoch. */
export const momentSchema = z.iso
  .datetime({ offset: true, message: 'expected ISO 8601 with a zone' })
  .transform((text) => Date.parse(text));

/** A moment of a response: UTC. */
export const timeSchema = z.iso.datetime();
