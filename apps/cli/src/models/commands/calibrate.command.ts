import { type Command, Option } from 'commander';
import { decodeEmbedding } from '#shared/contracts/embedding.js';
import { loadConfig } from '#shared/config/load-config.js';
import { inferenceConfigSchema } from '#vision/inference.config.js';
import { NORMALISATION } from '../../accuracy/normalisation-defaults.js';
import { calibratePack, type CohortSource } from '../../calibration/calibrate-pack.js';
import { describeCalibration } from '../../calibration/describe-calibration.js';
import { loadCliConfig } from '../../cli.config.js';
import { findServices } from '../../client/find-services.js';
import { parseCount } from '../../output/parse-number.js';
import { loadModelSettings } from '../model-settings.js';

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
  const report = await calibratePack(config, { ...options, cohort, normalise, groups, data });
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
