import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { readdir, readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { recognitionHttp } from '#shared/contracts/http/recognition.http.js';
import { api, enrol, upload } from '../support/api.js';
import { FACENET_PACK, ownModelsFolder, placeFacenetPack } from '../support/engine-packs.js';
import { ENGINES, type EngineUnderTest } from '../support/engine-settings.js';
import { metrics } from '../support/metrics.js';
import { startPipeline, type Pipeline } from '../support/start-pipeline.js';

const FACENET = process.env.SIGHTLINE_TEST_FACENET;
const FACES = process.env.SIGHTLINE_TEST_FACES;
const ENROLLED = 3;

(FACENET && FACES ? describe : describe.skip)('both engines with FaceNet', () => {
  let modelsDir: string;
  let pipeline: Pipeline;
  /** Photographs of people who have at least three, and of strangers who have one. */
  let known: string[][];
  let strangers: string[];

  beforeAll(async () => {
    modelsDir = await ownModelsFolder();
    await placeFacenetPack(modelsDir, FACENET!);
    const people = await photographs(path.join(FACES!, 'lfw-dev'));
    known = people.filter((photos) => photos.length >= 3).slice(0, ENROLLED);
    strangers = people
      .filter((photos) => photos.length === 1)
      .flatMap((photos) => photos.slice(0, 1));
    const settings = {
      MODELS_DIR: modelsDir,
      MODEL_PACK: FACENET_PACK,
      QUERY_DEADLINE_MS: '60000',
    };
    pipeline = await startPipeline({}, { ...settings, ...ENGINES.onnxruntime });
    for (const [index, [photo]] of known.entries()) {
      await enrol(pipeline.matcher.url, `person ${index}`, photo!);
    }
  }, 180_000);

  afterAll(async () => {
    await pipeline.stop();
    await rm(modelsDir, { recursive: true, force: true });
  });

  const read = async (file: string) => upload(await readFile(file));

  async function verify(image1: string, image2: string) {
    const files = { image1: await read(image1), image2: await read(image2) };
    return api(pipeline.matcher.url).call(recognitionHttp.verify, { files });
  }

  async function identify(image: string) {
    const files = { image: await read(image) };
    return api(pipeline.matcher.url).call(recognitionHttp.identify, { files });
  }

  /** The pipeline's answers to the same requests, with its embedder on this engine. */
  async function decisions(engine: EngineUnderTest) {
    const [[, a2, a3], [, b2, b3], [, c2]] = known as [string[], string[], string[]];
    const pairs = [
      [a2, a3],
      [b2, b3],
      [a2, b2],
      [c2, strangers[0]],
    ] as [string, string][];
    const verified = [];
    for (const [image1, image2] of pairs) {
      const { same, similarity } = await verify(image1, image2);
      verified.push({ same, similarity });
    }
    const identified = [];
    for (const image of [a2!, b2!, c2!, ...strangers.slice(0, 2)]) {
      const { faces } = await identify(image);
      identified.push(
        faces.map(({ decision, candidates }) =>
          decision === 'person' ? candidates[0]!.name : decision,
        ),
      );
    }
    // Proves that this engine embedded the faces, and that no answers of the other one were reused.
    const counted = await metrics(pipeline.embedder.url);
    const info = [...counted.keys()].find((key) => /engine_info.*role="embed"/.test(key));
    expect(info).toContain(`engine="${engine}"`);
    expect(counted.get('sightline_network_items_total{role="embed"}')).toBeGreaterThanOrEqual(
      2 * pairs.length + identified.length,
    );
    return { verified, identified };
  }

  it('make the same decisions in verification and identification', async () => {
    const onnx = await decisions('onnxruntime');
    await pipeline.embedder.stop();
    pipeline.embedder = await pipeline.startEmbedder(ENGINES.tensorflow);
    const tensorflow = await decisions('tensorflow');

    expect(onnx.verified.map(({ same }) => same)).toEqual([true, true, false, false]);
    // A photograph may also show other people.
    const named = onnx.identified.map((faces) => faces.filter((name) => name !== 'unknown'));
    expect(named).toEqual([['person 0'], ['person 1'], ['person 2'], [], []]);
    expect(tensorflow.identified).toEqual(onnx.identified);
    for (const [index, { same, similarity }] of tensorflow.verified.entries()) {
      expect(same).toBe(onnx.verified[index]!.same);
      expect(similarity).toBeCloseTo(onnx.verified[index]!.similarity, 4);
    }
  }, 180_000);
});

/** Paths of all photographs, one list for each person. */
async function photographs(folder: string): Promise<string[][]> {
  const people = (await readdir(folder)).sort();
  return Promise.all(
    people.map(async (person) => {
      const files = (await readdir(path.join(folder, person))).sort();
      return files.map((file) => path.join(folder, person, file));
    }),
  );
}
