import { type ImportImage } from '#shared/contracts/http/imports.http.js';
import { formatTable, printable, quantity } from '../../output/table.js';
import {
  bestScore,
  groupByPerson,
  unknownOnly,
  type PersonSection,
  type ReportData,
  type ReportImage,
} from '../../report/report-data.js';

/** Maximum number of rows of one table. The report has the rest. */
const MAX_ROWS = 20;

/** Who was found in which image, images with only unknown faces, images without a face, refused files. */
export function describeFindings(data: Pick<ReportData, 'images' | 'others'>): string {
  const unknown = unknownOnly(data.images);
  const faceless = data.others.filter(({ outcome }) => outcome === 'faceless');
  const refused = data.others.filter(({ outcome }) => outcome !== 'faceless');
  return [
    ...groupByPerson(data.images).map(describePerson),
    block(
      `Only unknown faces: ${quantity(unknown.length, 'image')}`,
      ['IMAGE', 'FACES', 'BEST SCORE'],
      unknown.map((image) => [image.key, image.faces.length, highestScore(image)]),
    ),
    block(
      `No face: ${quantity(faceless.length, 'image')}`,
      ['IMAGE'],
      faceless.map(({ key }) => [key]),
    ),
    block(
      `Refused or failed: ${quantity(refused.length, 'file')}`,
      ['FILE', 'REASON'],
      refused.map((image) => [image.key, reason(image)]),
    ),
  ].join('\n\n');
}

function describePerson({ id, name, images }: PersonSection): string {
  return block(
    `${printable(name)}: ${quantity(images.length, 'image')}`,
    ['IMAGE', 'SCORE'],
    images.map((image) => [image.key, bestScore(image, id).toFixed(3)]),
  );
}

function block(title: string, head: readonly string[], rows: readonly (string | number)[][]) {
  const shown = rows.slice(0, MAX_ROWS);
  if (shown.length === 0) return title;
  const rest = rows.length - shown.length;
  const table = formatTable(head, shown).replace(/^/gm, '  ');
  return [title, table, ...(rest > 0 ? [`  and ${rest} more; see the report`] : [])].join('\n');
}

/** The score of the most similar person; empty if nobody is enrolled. */
function highestScore({ faces }: ReportImage): string {
  const scores = faces.flatMap(({ score }) => (score === null ? [] : [score]));
  return scores.length === 0 ? '' : Math.max(...scores).toFixed(3);
}

function reason({ outcome, code, message }: ImportImage): string {
  return code ? `${code}: ${message ?? ''}` : outcome;
}
