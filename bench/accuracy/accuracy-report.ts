import { count, fixedPercent, markdownTable, percent } from '../support/figures.js';
import { FALSE_POSITIVE_RATES, type Identification } from './identification.js';
import { type AccuracyRow, FALSE_ACCEPT_RATES } from './measure-accuracy.js';

const NORMALISED =
  '- **normalised**: scores in standard deviations above a cohort of strangers, who are not part of the test; the row above it has cosine similarity on the same pairs.';

/** Results of one pack. */
export interface PackAccuracy {
  readonly pack: string;
  /** Files without a face. If a file cannot be read, the error code follows in brackets. */
  readonly faceless: readonly string[];
  readonly facesPerSecond: number;
  readonly rows: readonly AccuracyRow[];
  readonly identifications: readonly (Identification & { readonly scores: string })[];
  /** How scores were normalised, or why they were not. */
  readonly notes: readonly string[];
}

export interface AccuracyReport {
  readonly photographs: number;
  readonly people: number;
  readonly detector: string;
  readonly packs: readonly PackAccuracy[];
}

/** The figures as Markdown. */
export function accuracyReport({ photographs, people, detector, packs }: AccuracyReport): string {
  return [
    '# Accuracy',
    '',
    `${count(photographs)} photographs of ${count(people)} people; faces found by ${detector}; if there are several, the one nearest to the centre. Square brackets: 95 % confidence intervals from resampling people.`,
    '',
    '![ROC curves](roc.svg)',
    '',
    ...verificationTable(packs),
    '',
    '- **pairs file**: share of correctly classified pairs, each fold with the best threshold of the other folds, ± standard error. A pair with a photograph without a face counts as wrong. For each pair, its people are left out of the cohort.',
    '- **TAR at FAR**: share of accepted same-person pairs at the threshold with this share of accepted pairs of strangers, over all pairs of photographs. A photograph without a face is never accepted and is not used as a stranger.',
    ...(packs.some(({ rows }) => rows.length > 1) ? [NORMALISED] : []),
    ...(packs.some(({ identifications }) => identifications.length > 0)
      ? ['', ...identificationTable(packs)]
      : []),
    ...packs.flatMap(({ pack, faceless, notes }) => [
      ...notes.map((note) => `\n${pack}: ${note}`),
      ...(faceless.length > 0 ? [`\n${pack} found no face in: ${faceless.join(', ')}`] : []),
    ]),
    '',
  ].join('\n');
}

function verificationTable(packs: readonly PackAccuracy[]): string[] {
  const head = [
    'pack',
    'scores',
    'pairs file',
    'EER',
    ...FALSE_ACCEPT_RATES.map((rate) => `TAR at FAR ${percent(rate)}`),
    'pairs of the same person',
    'of strangers',
    'people',
    'photographs without a face',
    'faces/s',
  ];
  const rows = packs.flatMap(({ pack, rows: measured, faceless, facesPerSecond }) =>
    measured.map((row) => [
      pack,
      row.scores,
      pairsFileCell(row),
      fixedPercent(row.equalErrorRate, 2),
      ...FALSE_ACCEPT_RATES.map((rate) => tarCell(row, rate)),
      count(row.genuinePairs),
      count(row.impostorPairs),
      count(row.people),
      String(faceless.length),
      facesPerSecond.toFixed(1),
    ]),
  );
  return markdownTable(head, rows, 2);
}

function pairsFileCell({ pairsFile }: AccuracyRow): string {
  if (!pairsFile) return '–';
  const { accuracy, standardError, folds, pairs } = pairsFile;
  return `${fixedPercent(accuracy, 2)} ± ${(100 * standardError).toFixed(2)} (${count(pairs)} pairs, ${folds} folds)`;
}

function tarCell({ points }: AccuracyRow, rate: number): string {
  const point = points.find(({ falseAcceptRate }) => falseAcceptRate === rate);
  if (!point) return 'too few pairs';
  const [low, high] = point.trueAcceptInterval.map((share) => (100 * share).toFixed(1));
  return `${fixedPercent(point.trueAcceptRate, 1)} [${low}, ${high}]`;
}

function identificationTable(packs: readonly PackAccuracy[]): string[] {
  const head = [
    'pack',
    'scores',
    'people enrolled',
    'templates',
    'known probes',
    'unknown probes',
    'rank-1',
    ...FALSE_POSITIVE_RATES.map((rate) => `FNIR at FPIR ${percent(rate)}`),
  ];
  const rows = packs.flatMap(({ pack, identifications }) =>
    identifications.map((found) => [
      pack,
      found.scores,
      count(found.enrolled),
      count(found.templates),
      count(found.knownProbes),
      count(found.unknownProbes),
      fixedPercent(found.rank1, 1),
      ...FALSE_POSITIVE_RATES.map((rate) => fnirCell(found, rate)),
    ]),
  );
  return [
    ...markdownTable(head, rows, 2),
    '',
    '- **rank-1**: share of known probes whose own person has the highest score.',
    '- **FNIR at FPIR**: share of known probes that do not get their name, at the threshold with this share of unknown probes that get one. Every photograph is also an unknown probe, with its person removed from the gallery.',
  ];
}

function fnirCell({ points }: Identification, rate: number): string {
  const point = points.find(({ falsePositiveRate }) => falsePositiveRate === rate);
  return point ? fixedPercent(point.falseNegativeRate, 1) : 'too few probes';
}
