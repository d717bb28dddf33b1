import { type ImportImage } from '../client/ingest-api.js';
import { formatTable, printable } from '../output/table.js';
import {
  bestScore,
  groupByPerson,
  unknownOnly,
  type PersonSection,
  type ReportData,
  type ReportImage,
} from '../report/report-data.js';

/** Lines of one kind that a terminal shows; the report has the rest. */
const MOST_LINES = 20;

/** Who was found where, unknown faces, images without a face, files refused. */
export function describeFindings(data: ReportData): string {
  const people = groupByPerson(data.images);
  const unknown = unknownOnly(data.images);
  const faceless = data.others.filter(({ outcome }) => outcome === 'faceless');
  const refused = data.others.filter(({ outcome }) => outcome !== 'faceless');
  return [
    ...people.map(describePerson),
    block(
      `Unknown faces only: ${unknown.length} images`,
      ['IMAGE', 'FACES', 'NEAREST'],
      unknown.map((image) => [image.key, image.faces.length, nearest(image)]),
    ),
    block(
      `No face: ${faceless.length} images`,
      ['IMAGE'],
      faceless.map(({ key }) => [key]),
    ),
    block(
      `Refused: ${refused.length} files`,
      ['IMAGE', 'REASON'],
      refused.map((image) => [image.key, reason(image)]),
    ),
  ].join('\n\n');
}

function describePerson({ id, name, images }: PersonSection): string {
  return block(
    `${printable(name)}: ${images.length} images`,
    ['IMAGE', 'SCORE'],
    images.map((image) => [image.key, bestScore(image, id).toFixed(3)]),
  );
}

function block(title: string, head: readonly string[], rows: readonly (string | number)[][]) {
  const shown = rows.slice(0, MOST_LINES);
  if (shown.length === 0) return title;
  const rest = rows.length - shown.length;
  const table = formatTable(head, shown).replace(/^/gm, '  ');
  return [title, table, ...(rest > 0 ? [`  and ${rest} more; see the report`] : [])].join('\n');
}

function nearest({ faces }: ReportImage): string {
  const scores = faces.flatMap(({ score }) => (score === null ? [] : [score]));
  return scores.length === 0 ? '' : Math.max(...scores).toFixed(3);
}

function reason({ outcome, code, message }: ImportImage): string {
  return code ? `${code}: ${message ?? ''}` : outcome;
}
