import { parseArgs } from 'node:util';
import { z } from 'zod';

/** Options `--seed N --count N` of a fuzzer. The default seed is random. */
export function readFuzzOptions(usualCount: number): { seed: number; count: number } {
  const { values } = parseArgs({
    options: { seed: { type: 'string' }, count: { type: 'string' } },
  });
  return z
    .object({
      seed: z.coerce
        .number()
        .int()
        .nonnegative()
        .default(() => Date.now() % 1_000_000),
      count: z.coerce.number().int().positive().default(usualCount),
    })
    .parse(values);
}
