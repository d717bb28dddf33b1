import { readFile } from 'node:fs/promises';
import { type InferenceConfig } from '#vision/inference.config.js';
import { openFacePipeline } from '#vision/open-face-pipeline.js';
import { type LabelledPhotograph } from '../../apps/cli/src/accuracy/labelled-photographs.js';
import { mainFace } from '../../apps/cli/src/accuracy/main-face.js';
import { mapConcurrently } from '../../apps/cli/src/output/map-concurrently.js';

const AT_ONCE = 16;

/**
 * The main face of each photograph, as the config's embedding pack gets it.
 * @throws Error naming a photograph without a face: every measure counts all of them
 */
export async function alignedFaces(
  photographs: readonly LabelledPhotograph[],
  config: InferenceConfig,
): Promise<Float32Array[]> {
  const pipeline = await openFacePipeline(config);
  try {
    return await mapConcurrently(photographs, AT_ONCE, async ({ file }) => {
      const { faces, ...picture } = await pipeline.align(await readFile(file));
      const face = mainFace(faces, picture);
      if (!face) throw new Error(`no face in ${file}`);
      return face.input;
    });
  } finally {
    await pipeline.close();
  }
}
