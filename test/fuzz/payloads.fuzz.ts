import { Logger } from '@nestjs/common';
import { readFuzzOptions } from './fuzz-options.js';
import { fuzzPayloads } from './fuzz-payloads.js';

const { seed, count } = readFuzzOptions(200_000);

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
