import { randomInt } from 'node:crypto';
import { parseOptions } from './chaos-options.js';
import { chaosReport } from './chaos-report.js';
import { runChaos } from './run-chaos.js';

/** npm run test:chaos: see docs/chaos.md. */
const say = (line: string) => process.stdout.write(`${line}\n`);
const options = parseOptions(process.argv.slice(2), randomInt(1_000_000));
say(`seed ${options.seed}`);
const run = await runChaos(options, say);
say(`\n${chaosReport(options, run)}`);
process.exitCode = run.ok ? 0 : 1;
