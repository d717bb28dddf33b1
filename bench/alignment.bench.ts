/**
 * npm run bench:alignment -- --images DIR [--pairs FILE] [--pack NAME …]
 *
 * Compares ways to crop a face for a pack's network (docs/decisions/008): the pack's own crop, other scales, positions
 * and widths, the eyes alone, and the detector's box. Needs labelled photographs, one sub-folder per person. The
 * pipeline finds the faces with the packs of MODELS_DIR.
 */
import { parseArgs } from 'node:util';
import { type LabelledPhotograph, readLabelledPhotographs } from '#models/accuracy/photographs.js';
import { readDetectionPack, readEmbeddingPack } from '#models/packs/read-pack.js';
import { loadConfig } from '#shared/platform/settings/load-config.js';
import { type InferenceConfig, inferenceConfigSchema } from '#vision/inference.config.js';
import { openFacePipeline } from '#vision/open-face-pipeline.js';
import { readPairs } from './accuracy/pairs-file.js';
import { cosineTable, normalisedTable } from './alignment/crop-table.js';
import { embedCrops, type EmbeddingsOfCrops, Network } from './alignment/embed-crops.js';

const { values } = parseArgs({
  options: {
    images: { type: 'string' },
    pairs: { type: 'string' },
    pack: { type: 'string', multiple: true },
  },
});
if (values.images === undefined) throw new Error('--images DIR is needed');

const config = loadConfig(inferenceConfigSchema);
const photographs = await readLabelledPhotographs(values.images);
const pairs = values.pairs === undefined ? null : await readPairs(values.pairs, photographs);
for (const MODEL_PACK of values.pack ?? [config.MODEL_PACK]) {
  console.error(`${MODEL_PACK} …`);
  const crops = await embedWithPack({ ...config, MODEL_PACK }, photographs);
  console.log(`\n## ${MODEL_PACK}, cosine similarity\n\n${cosineTable(crops, pairs)}`);
  console.log(`\n## ${MODEL_PACK}, normalised scores\n\n${normalisedTable(crops, pairs)}`);
}
console.log(`
- **missed**: share of same-person pairs that are not accepted, mean over false-accept rates of 0.01 to 1 %.
- **in both halves**: share of 20 ways to halve the people in which both halves miss fewer (more) than with the first crop.`);

async function embedWithPack(
  settings: InferenceConfig,
  of: readonly LabelledPhotograph[],
): Promise<EmbeddingsOfCrops> {
  const embedding = await readEmbeddingPack(settings.MODELS_DIR, settings.MODEL_PACK);
  const detection = await readDetectionPack(settings.MODELS_DIR, settings.DETECTION_PACK);
  const landmarksInput = detection.manifest.landmarks;
  const embed = await Network.open(embedding, 'embed', embedding.manifest.input);
  const landmarks = await Network.open(detection, 'landmarks', landmarksInput);
  const pipeline = await openFacePipeline(settings);
  try {
    return await embedCrops({ pipeline, embed, landmarks, landmarksInput }, of);
  } finally {
    await pipeline.close();
    await landmarks.close();
    await embed.close();
  }
}
