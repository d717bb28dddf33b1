export interface Point {
  readonly x: number;
  readonly y: number;
}

export interface Line {
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
