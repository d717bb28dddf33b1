import { parseArgs } from 'node:util';
import { z } from 'zod';

/** `--seed N --count N` of a fuzzer; a seed that is not given is drawn. */
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
