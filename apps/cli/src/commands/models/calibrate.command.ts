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
import { loadConfig } from '#shared/platform/settings/load-config.js';
import { inferenceConfigSchema } from '#vision/inference.config.js';
import { loadCliConfig } from '../../cli.config.js';
import { findServices } from '../../client/find-services.js';
import { parseCount } from '../../output/parse-options.js';
import { ProgressBar } from '../../output/progress.js';
import { count, fixedPercent, percent, formatTable, printable } from '../../output/table.js';
import { loadModelSettings } from './model-settings.js';

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
      'PAIRS',
      'FALSE ACCEPTS',
      '95 % BETWEEN',
      'THRESHOLD',
      'SAME PERSON ACCEPTED',
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

/** Adds `models calibrate`. It works on MODELS_DIR, with the faces that DETECTION_PACK finds. */
export function registerCalibrate(models: Command): void {
  models
    .command('calibrate')
    .description("measure a pack's thresholds on labelled photographs and write them into it")
    .argument('<pack>', 'embedding pack')
    .requiredOption('--images <folder>', 'photographs, one sub-folder per person')
    .option(
      '--cohort <folder>',
      'photographs of strangers to normalise scores with; else people of --images with one photograph',
    )
    .addOption(
      new Option(
        '--cohort-from-archive',
        'take the strangers from what the running services have seen and named nobody',
      ).conflicts('cohort'),
    )
    .option('--cohort-size <count>', 'most strangers', parseCount, NORMALISATION.mostStrangers)
    .option(
      '--top <count>',
      'how many of the most alike strangers count',
      parseCount,
      NORMALISATION.top,
    )
    .option('--normalise', 'normalise scores; without either, when that accepts more')
    .option('--no-normalise', 'compare scores as they are')
    .option('--groups <file>', 'lines person,group: thresholds for each group too')
    .option('--data <words>', 'what the photographs are; written into the pack')
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
  const sample = await matcher.sampleCohort(cohortSize, NORMALISATION.samePerson);
  const { space, dimension } = sample;
  const embeddings = sample.embeddings.map((encoded) => decodeEmbedding(encoded, dimension));
  return { kind: 'archive', space, embeddings };
}
