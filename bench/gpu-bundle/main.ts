/** Entry point of the archive of `npm run bundle:gpu-bench`: measures FaceNet on a GPU (docs/gpu-bench.md). */
import { rmSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { runMain } from '../support/run-main.js';
import { measureAll } from './measure-all.js';
import { parseOptions, USAGE } from './options.js';
import { markdownReport } from './report/report.js';

async function main(): Promise<number> {
  const options = parseOptions(process.argv.slice(2));
  if (options.help) {
    console.log(USAGE);
    return 0;
  }
  const folder = await mkdtemp(path.join(tmpdir(), 'sightline-gpu-bench-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));
  const report = await measureAll(options, folder, (line) => console.error(line));
  console.log(options.json ? JSON.stringify(report, null, 2) : markdownReport(report));
  const measured = report.results.filter(({ failure }) => failure === null);
  const wanted = options.providersNamed ? report.results.length : 1;
  return measured.length >= wanted ? 0 : 1;
}

await runMain(main);
