/**
 * npm run bench:observing -- [--images N] [--rounds N]
 *
 * The cost of metrics and traces. Runs the whole pipeline without networks in turns: with nothing enabled, with metrics
 * read every second, with 1 % of the images traced, and with all images traced. Prints the CPU time per image.
 */
import { parseArgs } from 'node:util';
import { startCollector } from '../test/support/start-collector.js';
import { costTable, waysToWatch } from './observing/watching.js';
import { measureRun, type RunFigures } from './scaling/measure-run.js';
import { machineLine } from './support/figures.js';

const { values } = parseArgs({
  options: {
    images: { type: 'string', default: '3000' },
    rounds: { type: 'string', default: '5' },
  },
});
const rounds = Number(values.rounds);
const collector = await startCollector();
try {
  const ways = waysToWatch(Number(values.images), collector);
  const runs = new Map<string, RunFigures[]>(ways.map(({ name }) => [name, []]));
  const spans = new Map<string, number>();
  for (let round = 1; round <= rounds; round++) {
    for (const { name, options } of ways) {
      console.error(`${name}, ${round} of ${rounds} …`);
      collector.spans.length = 0;
      runs.get(name)!.push(await measureRun(options));
      spans.set(name, (spans.get(name) ?? 0) + collector.spans.length);
    }
  }
  console.log(
    [
      machineLine(),
      `${values.images} images of one face a run, ${rounds} runs each, medians; µs of CPU an image`,
      '',
      ...costTable(runs),
      '',
      `Spans that the collector got: ${[...spans].map(([name, count]) => `${name} ${count}`).join(', ')}`,
    ].join('\n'),
  );
} finally {
  await collector.close();
}
