import { availableParallelism, cpus } from 'node:os';

/** A Markdown table. The first `words` columns are text; the others are numbers, aligned to the right. */
export function markdownTable(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  words: number,
): string[] {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  const rule = head.map((_, column) => (column < words ? '---' : '---:'));
  return [line(head), line(rule), ...rows.map(line)];
}

/** A rate as `0.01 %`, with at most `digits` significant digits. */
export function percent(share: number, digits = 3): string {
  return `${Number((100 * share).toPrecision(digits))} %`;
}

/** A share as `98.0 %`. */
export function fixedPercent(share: number, decimals = 1): string {
  return `${(100 * share).toFixed(decimals)} %`;
}

/** A count with commas between thousands. */
export function count(value: number): string {
  return value.toLocaleString('en-US');
}

/** Of an even number of values, the mean of the two in the middle. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const half = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[half]! : (sorted[half - 1]! + sorted[half]!) / 2;
}

export function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Processor, cores and Node version: the first line of every report. */
export function machineLine(): string {
  return `${cpus()[0]!.model.trim()}, ${availableParallelism()} cores, Node ${process.version}`;
}
