/**
 * Words, numbers and tables for the terminal.
 *
 * The table is written by hand, because it replaces control characters in names; cli-table3 prints them.
 */

/** Plain-text table with two spaces between columns. Numbers are aligned to the right. */
export function formatTable(
  head: readonly string[],
  rows: readonly (readonly (string | number)[])[],
): string {
  const texts = rows.map((row) => row.map(printable));
  const widths = head.map((title, column) =>
    Math.max(title.length, ...texts.map((row) => (row[column] ?? '').length)),
  );
  const numeric = head.map(
    (_, column) => rows.length > 0 && rows.every((row) => typeof row[column] === 'number'),
  );
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, column) =>
        numeric[column] ? cell.padStart(widths[column]!) : cell.padEnd(widths[column]!),
      )
      .join('  ')
      .trimEnd();
  return [line(head), ...texts.map(line)].join('\n');
}

/**
 * Replaces control characters by visible ones. Names of people and files may contain any character, and
 * must not move the cursor or colour the terminal.
 */
export function printable(value: string | number): string {
  return typeof value === 'number'
    ? String(value)
    : value.replace(/\p{C}/gu, (character) =>
        character === '\n' ? '␤' : character === '\t' ? '␉' : '�',
      );
}

/** `1 image`, `2 images`, `1,000 people`. */
export function quantity(value: number, singular: string, plural = `${singular}s`): string {
  return `${count(value)} ${value === 1 ? singular : plural}`;
}

/** A share as a percentage with a number of significant digits: `0.01 %`. */
export function percent(share: number, digits = 3): string {
  return `${Number((100 * share).toPrecision(digits))} %`;
}

/** A share as a percentage with a fixed number of decimals: `98.0 %`. */
export function fixedPercent(share: number, decimals = 1): string {
  return `${(100 * share).toFixed(decimals)} %`;
}

/** A number with commas between thousands. */
export function count(value: number): string {
  return value.toLocaleString('en-US');
}
