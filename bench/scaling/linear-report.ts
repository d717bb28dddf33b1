import { markdownTable } from '../accuracy/markdown-table.js';
import { type RunFigures } from './measure-run.js';
import { fairShare, sharing } from './sharing.js';

export interface LinearOptions {
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
    const share = (part: number) => percent(part / seconds);
    return [
      String(embedded.length),
      String(images),
      seconds.toFixed(1),
      rate(run).toFixed(1),
      percent(shareOfLinear(run, runs)),
      percent(rate(run) / device / embedded.length),
      `${percent(worst)} (${percent(fairShare(inHand, batch, mean))})`,
      percent(sharing(matched).worst),
      share(cpu.ingest),
      share(cpu.embedders / embedded.length),
      share(cpu.matchers / matched.length),
      share(redis.mainSeconds),
      share(cpu.qdrant),
      percent(machineCpu / seconds / cores),
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

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}
