import { fixedPercent, markdownTable } from '../support/figures.js';
import { type RunFigures } from './measure-run.js';

interface LinearOptions {
  readonly batch: number;
  /** Time of a batch, milliseconds. */
  readonly batchMs: number;
  /** Maximum number of images in progress in an embedder. */
  readonly concurrency: number;
  readonly cores: number;
}

/** Minimum share of linear scaling. */
export const LEAST_OF_LINEAR = 0.9;

/** The throughput of a run divided by that of one embedder times the number of embedders. @param runs the run with one embedder first */
export function shareOfLinear(run: RunFigures, [one]: readonly RunFigures[]): number {
  return rate(run) / rate(one!) / run.embedded.length;
}

/** The results as Markdown. @param runs the run with one embedder first */
export function linearReport(runs: readonly RunFigures[], options: LinearOptions): string {
  const { batch, batchMs, concurrency, cores } = options;
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
      `${fixedPercent(worst)} (${fixedPercent(fairShare(concurrency, batch, mean))})`,
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
  'embedders: deviation (expected at most)',
  'matchers: deviation',
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

/** Distribution of work between processes. */
interface Sharing {
  readonly mean: number;
  /** Largest deviation of a process from the mean, as a share of the mean. */
  readonly worst: number;
}

/** @param counts work of each process, including idle ones */
export function sharing(counts: readonly number[]): Sharing {
  if (counts.length === 0) throw new Error('there are no processes');
  const mean = counts.reduce((sum, count) => sum + count, 0) / counts.length;
  if (mean === 0) return { mean, worst: 0 };
  return { mean, worst: Math.max(...counts.map((count) => Math.abs(count - mean))) / mean };
}

/**
 * The largest deviation that equally fast processes may have at the end: one still has its maximum number of images in
 * progress and one more batch, another has none left.
 * @param concurrency maximum number of images in progress in a process
 * @param mean mean number of images per process
 */
export function fairShare(concurrency: number, batch: number, mean: number): number {
  return (concurrency + batch) / mean;
}
