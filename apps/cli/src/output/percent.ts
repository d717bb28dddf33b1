/** A rate as `0.01 %`, with at most so many digits that count. */
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
