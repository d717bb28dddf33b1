import { markdownTable } from '../support/figures.js';
import { type SoakSample } from './run-soak.js';

/** What slopes are quoted per. */
const IMAGES = 10_000;

/** Change of one figure over the images that followed the warm-up, per 10,000 of them. */
function slopeOf(samples: readonly SoakSample[], read: (sample: SoakSample) => number): Line {
  return fitLine(pointsOf(samples, read));
}

/** The figures of a soak as Markdown. @param samples what came after the warm-up */
export function soakReport(samples: readonly SoakSample[]): string {
  const names = Object.keys(samples[0]!.processes);
  const rows = names.map((name) => {
    const resident = (sample: SoakSample) => sample.processes[name]!.residentMiB;
    const held = (sample: SoakSample) => sample.processes[name]!.heldMiB ?? sample.redisUsedMiB;
    return [
      name,
      ends(samples, resident, 0),
      slope(slopeOf(samples, resident)),
      ends(samples, held, 1),
      slope(slopeOf(samples, held)),
      ends(samples, ({ processes }) => processes[name]!.handles, 0),
      ends(samples, ({ processes }) => processes[name]!.threads, 0),
    ];
  });
  const head = [
    'process',
    'resident, MiB',
    'per 10,000 images',
    'held, MiB',
    'per 10,000 images',
    'handles',
    'threads',
  ];
  return markdownTable(head, rows, 1).join('\n');
}

function pointsOf(samples: readonly SoakSample[], read: (sample: SoakSample) => number): Point[] {
  return samples.map((sample) => ({ x: sample.images / IMAGES, y: read(sample) }));
}

function ends(
  samples: readonly SoakSample[],
  read: (sample: SoakSample) => number,
  digits: number,
): string {
  return [samples[0]!, samples.at(-1)!].map((sample) => read(sample).toFixed(digits)).join(' → ');
}

function slope({ slope: value, margin }: Line): string {
  return `${value.toFixed(2)} ± ${margin.toFixed(2)}`;
}

interface Point {
  readonly x: number;
  readonly y: number;
}

interface Line {
  /** Change of y per unit of x. */
  readonly slope: number;
  /** The true slope lies within ± this in 95 % of runs, if what is left is noise. */
  readonly margin: number;
}

/** 97.5 % point of the normal distribution: close enough to Student's from some 30 points on. */
const Z = 1.96;

/** Least squares through at least three points of different x. */
export function fitLine(points: readonly Point[]): Line {
  const count = points.length;
  const meanX = sum(points.map(({ x }) => x)) / count;
  const meanY = sum(points.map(({ y }) => y)) / count;
  const spread = sum(points.map(({ x }) => (x - meanX) ** 2));
  if (count < 3 || spread === 0) throw new Error('a line needs three points of different x');
  const slope = sum(points.map(({ x, y }) => (x - meanX) * (y - meanY))) / spread;
  const left = sum(points.map(({ x, y }) => (y - meanY - slope * (x - meanX)) ** 2));
  return { slope, margin: Z * Math.sqrt(left / (count - 2) / spread) };
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
