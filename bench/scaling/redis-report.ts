import { fixedPercent, markdownTable } from '../support/figures.js';
import { type IdleFigures, type RunFigures } from './measure-run.js';
import { type RecordedCommand, type Recording } from './record-commands.js';
import { callsOf, type RedisUsage } from './redis-usage.js';
import { type ReplayFigures } from './replay.js';

/** Commands with fewer calls per image than this are left out. */
const RARE = 0.01;

/** Throughput of the pipeline without networks, and the limit if only Redis mattered. */
export function liveLines(run: RunFigures): string[] {
  const { micros, bound, share } = redisCost(run.redis, run.images, run.seconds);
  const rate = run.images / run.seconds;
  return [
    `The whole pipeline on this machine with ${run.embedded.length} embedders and ${run.matched.length} matchers, without networks: ${rate.toFixed(0)} images/s.`,
    `Redis used ${fixedPercent(share)} of a core, ${micros.toFixed(0)} µs per image. Extrapolated, it would use a whole core at ${bound.toFixed(0)} images/s.`,
  ];
}

/** Commands by kind, the one with the longest total time first. @param seconds execution time by label */
export function kindsTable(
  { during, run }: Recording,
  seconds: ReadonlyMap<string, number>,
): string[] {
  const micros = (label: string) => (1e6 * (seconds.get(label) ?? 0)) / run.images;
  const rows = commandKinds(during)
    .filter(({ count }) => count / run.images >= RARE)
    .sort((a, b) => micros(b.label) - micros(a.label))
    .map(({ label, count, bytes }) => [
      label,
      (count / run.images).toFixed(2),
      (bytes / run.images).toFixed(0),
      micros(label).toFixed(1),
    ]);
  const head = ['command or script', 'an image', 'bytes an image', 'runs, µs an image'];
  return markdownTable(head, rows, 1);
}

export interface NamedReplay {
  readonly name: string;
  readonly images: number;
  readonly figures: ReplayFigures;
}

/** The same commands, replayed by a client that needs hardly any CPU time. */
export function replayTable(replays: readonly NamedReplay[]): string[] {
  const rows = replays.map(({ name, images, figures: { redis, seconds } }) => {
    const { micros, share } = redisCost(redis, images, seconds);
    return [name, (images / seconds).toFixed(0), fixedPercent(share), micros.toFixed(0)];
  });
  return markdownTable(['replayed', 'images/s', 'of a core', 'µs an image'], rows, 1);
}

export interface VariedReplay {
  readonly name: string;
  readonly recording: Recording;
  /** The replay as a flood. One by one, the cost depends on the sleep states of an idle core. */
  readonly flood: ReplayFigures;
}

/** The minimum cost of an image for Redis, and the images/s that would use a whole core. */
export function variationsTable(replays: readonly VariedReplay[]): string[] {
  const rows = replays.map(({ name, recording: { during, run }, flood }) => {
    const { micros, bound } = redisCost(flood.redis, run.images, flood.seconds);
    return [
      name,
      (during.length / run.images).toFixed(1),
      (callsOf(flood.redis) / run.images).toFixed(0),
      ...[flood.redis.bytesIn, flood.redis.bytesOut].map((n) => (n / run.images).toFixed(0)),
      micros.toFixed(0),
      bound.toFixed(0),
    ];
  });
  const head = [
    'what differs',
    'commands an image',
    'with those in scripts',
    'bytes in',
    'bytes out',
    'µs an image',
    'a full core, images/s',
  ];
  return markdownTable(head, rows, 1);
}

/** @param runs runs with the same rate; the others are compared with the first */
export function loadsTable(
  runs: readonly { readonly name: string; readonly run: RunFigures }[],
): string[] {
  const micros = ({ redis, images, seconds }: RunFigures) =>
    redisCost(redis, images, seconds).micros;
  const usual = micros(runs[0]!.run);
  const rows = runs.map(({ name, run }) => [
    name,
    (run.images / run.seconds).toFixed(0),
    micros(run).toFixed(0),
    (micros(run) - usual).toFixed(0),
    (run.redis.bytesOut / run.images).toFixed(0),
  ]);
  return markdownTable(['beside', 'images/s', 'µs an image', 'more', 'bytes out'], rows, 1);
}

export function idleTable(
  rows: readonly { readonly name: string; readonly idle: IdleFigures }[],
): string[] {
  const cells = rows.map(({ name, idle: { share, commands } }) => [
    name,
    fixedPercent(share),
    commands.toFixed(1),
  ]);
  return markdownTable(['idle', 'of a core of Redis', 'commands/s'], cells, 1);
}

/** CPU cost of images for the thread of Redis that runs commands. */
interface RedisCost {
  /** CPU time per image, microseconds. */
  readonly micros: number;
  /** Images/s at which the thread would use a whole core. An extrapolation if it used less. */
  readonly bound: number;
  /** Share of a core that the thread used. */
  readonly share: number;
}

export function redisCost(usage: RedisUsage, images: number, seconds: number): RedisCost {
  const { mainSeconds } = usage;
  return {
    micros: (1e6 * mainSeconds) / images,
    bound: images / mainSeconds,
    share: mainSeconds / seconds,
  };
}

interface CommandKind {
  readonly label: string;
  readonly count: number;
  readonly bytes: number;
}

/** Recorded commands by label, the one with the most bytes first. */
export function commandKinds(commands: readonly RecordedCommand[]): CommandKind[] {
  const kinds = new Map<string, { label: string; count: number; bytes: number }>();
  for (const { label, bytes } of commands) {
    const kind = kinds.get(label) ?? { label, count: 0, bytes: 0 };
    kind.count++;
    kind.bytes += bytes.length;
    kinds.set(label, kind);
  }
  return [...kinds.values()].sort((a, b) => b.bytes - a.bytes);
}
