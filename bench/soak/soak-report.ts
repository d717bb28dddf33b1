import { markdownTable } from '../support/figures.js';
import { type SoakSample } from './run-soak.js';

/** Slopes are given per this many images. */
const IMAGES = 10_000;

/** Change of a figure per 10,000 images after the warm-up. */
function slopeOf(samples: readonly SoakSample[], read: (sample: SoakSample) => number): Line {
  return fitLine(pointsOf(samples, read));
}

/** The result of a soak test as Markdown. @param samples samples after the warm-up */
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
  /** Half of the 95 % confidence interval of the slope, if the residuals are noise. */
  readonly margin: number;
}

/** 97.5th percentile of the normal distribution, which is close to Student's t from about 30 points on. */
const Z = 1.96;

/** Fits a line by least squares. Needs at least three points with different x. */
export function fitLine(points: readonly Point[]): Line {
  const count = points.length;
  const meanX = sum(points.map(({ x }) => x)) / count;
  const meanY = sum(points.map(({ y }) => y)) / count;
  const spread = sum(points.map(({ x }) => (x - meanX) ** 2));
  if (count < 3 || spread === 0)
    throw new Error('fitting a line needs three points with different x');
  const slope = sum(points.map(({ x, y }) => (x - meanX) * (y - meanY))) / spread;
  const left = sum(points.map(({ x, y }) => (y - meanY - slope * (x - meanX)) ** 2));
  return { slope, margin: Z * Math.sqrt(left / (count - 2) / spread) };
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
