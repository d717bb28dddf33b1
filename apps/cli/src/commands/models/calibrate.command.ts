import { type Command, Option } from 'commander';
import { type EmbeddingProgress } from '#models/accuracy/embed-photographs.js';
import { pairsNeeded } from '#models/accuracy/operating-points.js';
import { NORMALISATION } from '#models/accuracy/scored-pairs.js';
import {
  type CalibrationReport,
  calibratePack,
  type CohortSource,
} from '#models/calibration/calibrate-pack.js';
import { type NormalisationChoice } from '#models/calibration/choose-normalisation.js';
import { FALSE_ACCEPT_RATES, type Calibrated } from '#models/calibration/make-calibration.js';
import { decodeEmbedding } from '#shared/contracts/embedding.js';
import { cohortHttp } from '#shared/contracts/http/cohort.http.js';
import { loadConfig } from '#shared/platform/settings/load-config.js';
import { inferenceConfigSchema } from '#vision/inference.config.js';
import { loadCliConfig } from '../../cli.config.js';
import { findServices } from '../../client/services.js';
import { ProgressBar } from '../../output/progress.js';
import {
  count,
  fixedPercent,
  formatTable,
  percent,
  printable,
  quantity,
} from '../../output/table.js';
import { parseCount } from '../parse-options.js';
import { loadModelSettings } from './model-settings.js';

/** Gallery sizes for which the table gives the chance of a false accept. */
const GALLERY_SIZES = [100, 1_000, 10_000];

interface CalibrateOptions {
  readonly images: string;
  readonly cohort?: string;
  readonly cohortFromArchive?: true;
  readonly cohortSize: number;
  readonly top: number;
  readonly normalise?: boolean;
  readonly groups?: string;
  readonly data?: string;
}

/** Adds `models calibrate`. Faces are found by DETECTION_PACK. */
export function registerCalibrate(models: Command): void {
  models
    .command('calibrate')
    .description(
      'measure the thresholds of a pack on labelled photographs, and write them into the pack',
    )
    .argument('<pack>', 'embedding pack')
    .requiredOption('--images <folder>', 'folder with one sub-folder of photographs per person')
    .option(
      '--cohort <folder>',
      'photographs of strangers to normalise scores with (default: the people in --images who have one photograph)',
    )
    .addOption(
      new Option(
        '--cohort-from-archive',
        'take the strangers from the unknown faces that the running services have found',
      ).conflicts('cohort'),
    )
    .option(
      '--cohort-size <count>',
      'maximum number of strangers',
      parseCount,
      NORMALISATION.mostStrangers,
    )
    .option(
      '--top <count>',
      'number of most similar strangers that normalise a score',
      parseCount,
      NORMALISATION.top,
    )
    .option(
      '--normalise',
      'normalise scores (default: only if that accepts more pairs of the same person)',
    )
    .option('--no-normalise', 'do not normalise scores')
    .option(
      '--groups <file>',
      'file of lines "person,group"; measure thresholds for each group as well',
    )
    .option('--data <words>', 'description of the photographs, written into the pack')
    .action(runCalibrate);
}

async function runCalibrate(pack: string, options: CalibrateOptions): Promise<void> {
  const chosen = await loadModelSettings();
  const config = { ...loadConfig(inferenceConfigSchema), ...chosen, MODEL_PACK: pack };
  const { normalise, groups, data } = options;
  const cohort = await cohortSource(options);
  const bar = new ProgressBar();
  const onProgress = (progress: EmbeddingProgress) => bar.update(progress);
  const request = { ...options, cohort, normalise, groups, data, onProgress };
  const report = await calibratePack(config, request).finally(() => bar.stop());
  console.log(describeCalibration(report));
}

async function cohortSource({
  cohort,
  cohortFromArchive,
  cohortSize,
}: CalibrateOptions): Promise<CohortSource | undefined> {
  if (cohort !== undefined) return { kind: 'folder', folder: cohort };
  if (!cohortFromArchive) return undefined;
  const { matcher } = await findServices(loadCliConfig());
  const sample = await matcher.call(cohortHttp.sample, {
    body: { count: cohortSize, samePerson: NORMALISATION.samePerson },
  });
  const { space, dimension } = sample;
  const embeddings = sample.embeddings.map((encoded) => decodeEmbedding(encoded, dimension));
  return { kind: 'archive', space, embeddings };
}

/** The result as text and tables for the terminal. */
export function describeCalibration(report: CalibrationReport): string {
  const { manifest, detector, photographs, people, cosine, choice } = report;
  const faceless = photographs.filter(({ embedding }) => embedding === null);
  const alike = report.mostAlike.map(({ first, second, score }) => {
    return `${printable(people[first]!)} and ${printable(people[second]!)} (${score.toFixed(3)})`;
  });
  return [
    `${manifest.name}, faces found by ${detector} and aligned to ${manifest.alignment.template}`,
    `${quantity(photographs.length, 'photograph')} of ${quantity(people.length, 'person', 'people')}, ${faceless.length} without a usable face`,
    ...faceless.map(
      ({ file, refused }) => `  ${printable(file)}${refused === null ? '' : ` (${refused})`}`,
    ),
    '',
    `cosine similarity: ${describeCalibrated(cosine)}`,
    '',
    describeChoice(choice),
    '',
    `most similar pairs of different people (check that they are not the same person): ${alike.join('; ')}`,
    'ONE OF n: probability that a stranger is accepted as one of n people, each enrolled with one photograph',
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
      ...GALLERY_SIZES.map((people) => percent(1 - (1 - point.falseAcceptRate) ** people)),
    ]),
  );
  const table = formatTable(
    [
      'PAIRS',
      'FALSE ACCEPT RATE',
      '95 % INTERVAL',
      'THRESHOLD',
      'SAME PERSON ACCEPTED',
      ...GALLERY_SIZES.map((people) => `ONE OF ${count(people)}`),
    ],
    rows,
  );
  const strictest = measured.points.at(-1)!.falseAcceptRate;
  const next = FALSE_ACCEPT_RATES.find((rate) => rate < strictest);
  return [
    `${quantity(measured.genuinePairs, 'pair')} of the same person, ${count(measured.impostorPairs)} of strangers`,
    table,
    ...(next
      ? [
          `not measured: a rate of ${percent(next)} needs ${quantity(pairsNeeded(next), 'pair')} of strangers`,
        ]
      : []),
    ...leftOut.map((name) => `not measured: group ${name} has too few pairs`),
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
          `  at a false accept rate of ${percent(gain.falseAcceptRate)}, on the same pairs: ${fixedPercent(gain.cosine)} of pairs of the same person are accepted by cosine similarity, ${fixedPercent(gain.normalised)} by normalised scores (95 % confidence interval of the difference: ${gain.interval.map(percentagePoints).join(' to ')} percentage points)`,
        ];
  const verdict = choice.on
    ? `normalised scores, now in use, with a cohort of ${quantity(choice.normalisation.cohort.length, 'stranger')}: ${describeCalibrated(choice.calibrated)}`
    : `scores are not normalised: ${choice.reason}`;
  return [verdict, ...measured].join('\n');
}

function percentagePoints(difference: number): string {
  return `${difference > 0 ? '+' : ''}${(100 * difference).toFixed(1)}`;
}
