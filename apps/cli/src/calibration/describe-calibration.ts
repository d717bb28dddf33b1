import { pairsNeeded } from '../accuracy/operating-point.js';
import { count, fixedPercent, percent } from '../output/percent.js';
import { formatTable, printable } from '../output/table.js';
import { type CalibrationReport } from './calibrate-pack.js';
import { type NormalisationChoice } from './choose-normalisation.js';
import { FALSE_ACCEPT_RATES, type Calibrated } from './make-calibration.js';

const GALLERIES = [100, 1_000, 10_000];

/** What was found, in words and tables for the terminal. */
export function describeCalibration(report: CalibrationReport): string {
  const { manifest, detector, photographs, people, cosine, choice } = report;
  const faceless = photographs.filter(({ embedding }) => embedding === null);
  const alike = report.mostAlike.map(({ first, second, score }) => {
    return `${printable(people[first]!)} and ${printable(people[second]!)} (${score.toFixed(3)})`;
  });
  return [
    `${manifest.name}, faces found by ${detector} and aligned as ${manifest.alignment.template}`,
    `${count(photographs.length)} photographs of ${count(people.length)} people, ${faceless.length} without a face`,
    ...faceless.map(
      ({ file, refused }) => `  ${printable(file)}${refused === null ? '' : ` (${refused})`}`,
    ),
    '',
    `cosine similarity: ${describeCalibrated(cosine)}`,
    '',
    describeChoice(choice),
    '',
    `most alike, if they are two people: ${alike.join('; ')}`,
    'ONE OF n: chance that a stranger passes for one of n people, each enrolled with one photograph',
  ].join('\n');
}

function describeCalibrated({ measured, groups, leftOut }: Calibrated): string {
  const rows = [{ name: 'all', ...measured }, ...groups].flatMap(({ name, points }) =>
    points.map((point) => [
      name,
      percent(point.falseAcceptRate),
      point.falseAcceptInterval.map((rate) => percent(rate)).join(' to '),
      point.threshold,
      fixedPercent(point.trueAcceptRate),
      ...GALLERIES.map((people) => percent(1 - (1 - point.falseAcceptRate) ** people)),
    ]),
  );
  const table = formatTable(
    [
      ...['PAIRS', 'FALSE ACCEPTS', '95 % BETWEEN', 'THRESHOLD', 'SAME PERSON ACCEPTED'],
      ...GALLERIES.map((people) => `ONE OF ${count(people)}`),
    ],
    rows,
  );
  const strictest = measured.points.at(-1)!.falseAcceptRate;
  const next = FALSE_ACCEPT_RATES.find((rate) => rate < strictest);
  return [
    `${count(measured.genuinePairs)} pairs of the same person, ${count(measured.impostorPairs)} of strangers`,
    table,
    ...(next
      ? [`left out: ${percent(next)} takes ${count(pairsNeeded(next))} pairs of strangers`]
      : []),
    ...leftOut.map((name) => `left out: the pairs within ${name} are too few`),
  ]
    .join('\n')
    .replaceAll('\n', '\n  ');
}

function describeChoice(choice: NormalisationChoice): string {
  const { gain } = choice;
  const measured =
    gain === null
      ? []
      : [
          `  at ${percent(gain.falseAcceptRate)} false accepts, same pairs: ${fixedPercent(gain.cosine)} of the same person accepted by cosine similarity, ${fixedPercent(gain.normalised)} by normalised scores (95 % between ${gain.interval.map(points).join(' and ')} points)`,
        ];
  const verdict = choice.on
    ? `normalised scores, now in use, with a cohort of ${count(choice.normalisation.cohort.length)} strangers: ${describeCalibrated(choice.calibrated)}`
    : `scores are not normalised: ${choice.reason}`;
  return [verdict, ...measured].join('\n');
}

function points(difference: number): string {
  return `${difference > 0 ? '+' : ''}${(100 * difference).toFixed(1)}`;
}
