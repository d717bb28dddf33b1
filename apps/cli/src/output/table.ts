/** Plain-text table with two spaces between columns. Numbers line up on the right. */
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

/** Names come from anywhere: control characters must not move the cursor or colour the terminal. */
export function printable(value: string | number): string {
  return typeof value === 'number'
    ? String(value)
    : value.replace(/\p{C}/gu, (character) =>
        character === '\n' ? '␤' : character === '\t' ? '␉' : '�',
      );
}

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
