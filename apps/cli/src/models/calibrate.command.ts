import { type Command } from 'commander';
import { loadConfig } from '#shared/config/load-config.js';
import { inferenceConfigSchema } from '#vision/inference.config.js';
import { NORMALISATION } from '../accuracy/normalisation-defaults.js';
import { calibratePack } from '../calibration/calibrate-pack.js';
import { describeCalibration } from '../calibration/describe-calibration.js';
import { parseCount } from '../output/parse-number.js';

interface CalibrateOptions {
  readonly images: string;
  readonly cohort?: string;
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
  const config = { ...loadConfig(inferenceConfigSchema), MODEL_PACK: pack };
  const { cohort, normalise, groups, data } = options;
  const report = await calibratePack(config, { ...options, cohort, normalise, groups, data });
  console.log(describeCalibration(report));
}
