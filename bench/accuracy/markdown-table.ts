/** A Markdown table; all columns but the first `words` are numbers and line up on the right. */
export function markdownTable(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  words: number,
): string[] {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  const rule = head.map((_, column) => (column < words ? '---' : '---:'));
  return [line(head), line(rule), ...rows.map(line)];
}
