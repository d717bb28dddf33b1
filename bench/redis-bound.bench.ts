/**
 * npm run bench:redis-bound -- [--images N] [--varied N] [--idle SECONDS]
 *
 * Measures how many images per second one Redis can process, and what changes this. First the whole pipeline runs
 * without networks and the CPU time of Redis is read. Then the recorded commands are sent again over one connection,
 * so that only Redis is measured. Redis needs a core of its own: check the column `of a core`.
 */
import { parseArgs } from 'node:util';
import { measureIdle, measureRun } from './scaling/measure-run.js';
import { recordRun } from './scaling/record-commands.js';
import {
  idleTable,
  kindsTable,
  liveLines,
  loadsTable,
  type NamedReplay,
  replayTable,
  variationsTable,
  type VariedReplay,
} from './scaling/redis-report.js';
import { type Fsync, replayRecording, timeByKind } from './scaling/replay.js';
import {
  liveLoads,
  usualRun,
  type Variation,
  variations,
  withWebhook,
} from './scaling/variations.js';
import { machineLine } from './support/figures.js';

const { values } = parseArgs({
  options: {
    images: { type: 'string', default: '8000' },
    varied: { type: 'string', default: '2000' },
    idle: { type: 'string', default: '15' },
  },
});
const images = Number(values.images);
const varied = Number(values.varied);
const FSYNCS: readonly Fsync[] = ['no', 'everysec', 'always'];
const IDLE = [
  { embedders: 1, matchers: 1 },
  { embedders: 8, matchers: 1 },
  { embedders: 1, matchers: 8 },
];

const print = (...lines: string[]) => console.log([...lines, ''].join('\n'));

print(machineLine(), ...liveLines(await measureRun(usualRun(images))));

const recording = await recordRun(usualRun(images));
print(
  'What the services send for an image:',
  '',
  ...kindsTable(recording, await timeByKind(recording)),
);
const replays: NamedReplay[] = [];
for (const pace of ['flood', 'one-by-one'] as const) {
  for (const fsync of FSYNCS) {
    const figures = await replayRecording(recording, pace, fsync);
    replays.push({ name: `${pace}, appendfsync ${fsync}`, images, figures });
  }
}
print('Redis alone:', '', ...replayTable(replays));

const moved: VariedReplay[] = [];
for (const variation of variations(varied)) moved.push(await replayed(variation));
const webhook = await withWebhook(varied);
moved.push(await replayed(webhook));
await webhook.close();
print('What moves it:', '', ...variationsTable(moved));

const loads = [];
for (const { name, options } of liveLoads(varied)) {
  loads.push({ name, run: await measureRun(options) });
}
print('What goes on beside an import of one rate:', '', ...loadsTable(loads));

const idle = [];
for (const processes of IDLE) {
  const name = `ingest, ${processes.embedders} embedders, ${processes.matchers} matchers`;
  idle.push({ name, idle: await measureIdle(processes, Number(values.idle)) });
}
print(...idleTable(idle));

async function replayed({ name, options }: Variation): Promise<VariedReplay> {
  console.error(`${name} …`);
  const varied = await recordRun(options);
  const flood = await replayRecording(varied, 'flood', 'everysec');
  return { name, recording: varied, flood };
}
