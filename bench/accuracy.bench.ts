/**
 * npm run bench:accuracy -- --images DIR [--pairs FILE] [--pack NAME …] [--cohort DIR] [--no-normalise]
 *   [--identify] [--templates N] [--out DIR]
 *
 * Measures verification and identification on labelled photographs (one sub-folder per person) with the decode, detect,
 * align and embed code of the pipeline and the packs of MODELS_DIR. Prints a table and writes it to DIR/accuracy.md,
 * with ROC curves in the same folder. Scores are also normalised with a cohort of strangers: the cohort of the pack,
 * otherwise the photographs of --cohort, otherwise the people with one photograph.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { readLabelledPhotographs, readStrangers } from '#models/accuracy/photographs.js';
import { usageError } from '#shared/contracts/pipeline-error.js';
import { loadConfig } from '#shared/platform/settings/load-config.js';
import { inferenceConfigSchema } from '#vision/inference.config.js';
import { accuracyReport, type PackAccuracy } from './accuracy/accuracy-report.js';
import { measurePack } from './accuracy/measure-pack.js';
import { readPairs } from './accuracy/pairs-file.js';
import { rocPlot, type RocSeries } from './accuracy/roc-plot.js';
import { runMain } from './support/run-main.js';

const optionsSchema = z.object({
  images: z.string('--images DIR is needed'),
  pairs: z.string().optional(),
  pack: z.array(z.string()).optional(),
  cohort: z.string().optional(),
  normalise: z.boolean(),
  identify: z.boolean(),
  templates: z.coerce.number().int().positive(),
  out: z.string(),
});

/** Strokes for the rows of a pack, for the last row first. */
const STROKES = ['solid', 'dashed', 'dotted'] as const;

async function main(): Promise<number> {
  const values = readOptions();
  const config = loadConfig(inferenceConfigSchema);
  const photographs = await readLabelledPhotographs(values.images);
  const request = {
    photographs,
    pairs: values.pairs === undefined ? null : await readPairs(values.pairs, photographs),
    strangers: values.cohort === undefined ? null : await readStrangers(values.cohort),
    normalise: values.normalise,
    templates: values.identify ? values.templates : null,
  };
  const packs: PackAccuracy[] = [];
  for (const MODEL_PACK of values.pack ?? [config.MODEL_PACK]) {
    console.error(`${MODEL_PACK} …`);
    packs.push(await measurePack({ ...config, MODEL_PACK }, request));
  }
  const people = new Set(photographs.map(({ person }) => person)).size;
  const detector = config.DETECTION_PACK;
  const report = accuracyReport({ photographs: photographs.length, people, detector, packs });
  const curves = packs.flatMap(({ pack, rows }, colour) =>
    rows.map(({ scores, curve }, index): RocSeries => {
      const stroke = STROKES[rows.length - 1 - index]!;
      return { name: `${pack}, ${scores}`, points: curve, colour, stroke };
    }),
  );
  await mkdir(values.out, { recursive: true });
  await writeFile(path.join(values.out, 'accuracy.md'), report);
  await writeFile(path.join(values.out, 'roc.svg'), rocPlot('Same person or not', curves));
  console.log(report);
  return 0;
}

function readOptions() {
  try {
    const { values } = parseArgs({
      allowNegative: true,
      options: {
        images: { type: 'string' },
        pairs: { type: 'string' },
        pack: { type: 'string', multiple: true },
        cohort: { type: 'string' },
        normalise: { type: 'boolean', default: true },
        identify: { type: 'boolean', default: false },
        templates: { type: 'string', default: '1' },
        out: { type: 'string', default: 'data/accuracy' },
      },
    });
    return optionsSchema.parse(values);
  } catch (error) {
    const problem = error instanceof z.ZodError ? z.prettifyError(error) : String(error);
    throw usageError('OPTIONS_INVALID', problem, error);
  }
}

await runMain(main);
