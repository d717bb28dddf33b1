import { mkdir } from 'node:fs/promises';
import { fuzzDecoder } from './fuzz-decoder.js';
import { readFuzzOptions } from './fuzz-options.js';

const FOLDER = 'data/fuzz';
const { seed, count } = readFuzzOptions(10_000);

await mkdir(FOLDER, { recursive: true });
const startedAt = performance.now();
const say = (line: string) => process.stdout.write(`${line}\n`);
say(`${count} changed photographs, --seed ${seed}`);
const { ends, failures, peakBytes, slowestMs } = await fuzzDecoder({ seed, count, folder: FOLDER });
for (const [end, inputs] of Object.entries(ends).sort()) say(`${end}: ${inputs}`);
say(`${((performance.now() - startedAt) / 1_000).toFixed(0)} s`);
say(`slowest input ${slowestMs.toFixed(0)} ms of CPU, at most ${peakBytes >> 20} MiB resident`);
for (const failure of failures) say(failure);
say(`${failures.length} failures`);
process.exitCode = failures.length > 0 ? 1 : 0;
