import { fixedPercent, markdownTable } from '../support/figures.js';
import { type RunFigures } from './measure-run.js';

interface LinearOptions {
  readonly batch: number;
  /** What a batch takes, milliseconds. */
  readonly batchMs: number;
  /** Images that an embedder has in hand at most. */
  readonly inHand: number;
  readonly cores: number;
}

/** Least share of linear that passes. */
export const LEAST_OF_LINEAR = 0.9;

/** A run's images/s against as many times those of one embedder. @param runs that of one embedder first */
export function shareOfLinear(run: RunFigures, [one]: readonly RunFigures[]): number {
  return rate(run) / rate(one!) / run.embedded.length;
}

/** The figures of runs with more and more embedders as Markdown. @param runs that of one embedder first */
export function linearReport(runs: readonly RunFigures[], options: LinearOptions): string {
  const { batch, batchMs, inHand, cores } = options;
  const device = (1000 * batch) / batchMs;
  const rows = runs.map((run) => {
    const { embedded, matched, images, seconds, cpu, machineCpu, redis } = run;
    const { mean, worst } = sharing(embedded);
    const share = (part: number) => fixedPercent(part / seconds);
    return [
      String(embedded.length),
      String(images),
      seconds.toFixed(1),
      rate(run).toFixed(1),
      fixedPercent(shareOfLinear(run, runs)),
      fixedPercent(rate(run) / device / embedded.length),
      `${fixedPercent(worst)} (${fixedPercent(fairShare(inHand, batch, mean))})`,
      fixedPercent(sharing(matched).worst),
      share(cpu.ingest),
      share(cpu.embedders / embedded.length),
      share(cpu.matchers / matched.length),
      share(redis.mainSeconds),
      share(cpu.qdrant),
      fixedPercent(machineCpu / seconds / cores),
    ];
  });
  return markdownTable(HEAD, rows, 0).join('\n');
}

const HEAD = [
  'embedders',
  'images',
  's',
  'images/s',
  'of linear',
  'of the devices',
  'embedders apart (fair)',
  'matchers apart',
  'CPU: ingest',
  'an embedder',
  'a matcher',
  'Redis',
  'Qdrant',
  'machine',
];

function rate({ images, seconds }: RunFigures): number {
  return images / seconds;
}

/** How work was shared between processes. */
interface Sharing {
  readonly mean: number;
  /** The largest distance of a process from the mean, as a share of the mean. */
  readonly worst: number;
}

/** @param counts what each process did; those who did nothing count too */
export function sharing(counts: readonly number[]): Sharing {
  if (counts.length === 0) throw new Error('there is nobody to share');
  const mean = counts.reduce((sum, count) => sum + count, 0) / counts.length;
  if (mean === 0) return { mean, worst: 0 };
  return { mean, worst: Math.max(...counts.map((count) => Math.abs(count - mean))) / mean };
}

/**
 * How far apart processes of one speed may be when work runs out: one has all that it may have in hand and
 * a batch besides, another has none left.
 * @param inHand images that a process has in hand at most
 * @param mean images of a process
 */
export function fairShare(inHand: number, batch: number, mean: number): number {
  return (inHand + batch) / mean;
}
