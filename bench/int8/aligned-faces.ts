import { readFile } from 'node:fs/promises';
import pMap from 'p-map';
import { mainFace } from '#models/accuracy/embed-photographs.js';
import { type LabelledPhotograph } from '#models/accuracy/photographs.js';
import { type InferenceConfig } from '#vision/inference.config.js';
import { openFacePipeline } from '#vision/open-face-pipeline.js';

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
    const alignMainFace = async ({ file }: LabelledPhotograph) => {
      const { faces, ...picture } = await pipeline.align(await readFile(file));
      const face = mainFace(faces, picture);
      if (!face) throw new Error(`no face in ${file}`);
      return face.input;
    };
    return await pMap(photographs, alignMainFace, { concurrency: AT_ONCE });
  } finally {
    await pipeline.close();
  }
}
