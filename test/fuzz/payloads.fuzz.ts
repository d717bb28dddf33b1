import { Logger } from '@nestjs/common';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { fuzzPayloads } from './fuzz-payloads.js';

const { values } = parseArgs({
  options: { seed: { type: 'string' }, count: { type: 'string' } },
});
const { seed, count } = z
  .object({
    seed: z.coerce
      .number()
      .int()
      .nonnegative()
      .default(() => Date.now() % 1_000_000),
    count: z.coerce.number().int().positive().default(200_000),
  })
  .parse(values);

Logger.overrideLogger(false);
const startedAt = performance.now();
const say = (line: string) => process.stdout.write(`${line}\n`);
say(`${count} payloads, --seed ${seed}`);
const { ends, failures, slowestMs } = await fuzzPayloads({ seed, count });
for (const failure of failures) say(failure);
say(`${ends.accepted} accepted, ${ends.refused} refused with a code, ${failures.length} failures`);
say(
  `${((performance.now() - startedAt) / 1_000).toFixed(0)} s, slowest ${slowestMs.toFixed(0)} ms of CPU`,
);
process.exitCode = failures.length > 0 ? 1 : 0;
