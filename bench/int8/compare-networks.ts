import { readFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import pMap from 'p-map';
import { labelFaces, mainFace } from '#models/accuracy/embed-photographs.js';
import { operatingPoints } from '#models/accuracy/operating-points.js';
import { type LabelledPhotograph } from '#models/accuracy/photographs.js';
import { scoreAllPairs } from '#models/accuracy/scored-pairs.js';
import { type NetworkInput } from '#models/packs/manifest.js';
import { batchOf } from '#models/quantise/observe-values.js';
import { dotProduct } from '#models/scoring/as-norm.js';
import { type InferenceConfig } from '#vision/inference.config.js';
import { disableTelemetry } from '#vision/inference/inference-thread-client.js';
import { inputShape } from '#vision/inference/network-input.js';
import { unitVector } from '#vision/inference/network-runner.js';
import { openFacePipeline } from '#vision/open-face-pipeline.js';
import { FALSE_ACCEPT_RATES } from '../accuracy/measure-accuracy.js';
import { kFoldAccuracy, pairScores } from '../accuracy/pair-scores.js';
import { type LabelledPair } from '../accuracy/pairs-file.js';
import { fixedPercent, median } from '../support/figures.js';

const BATCH = 8;

/** A network on all cores, with the session settings of the pipeline. */
export class EmbeddingNetwork {
  private constructor(
    private readonly session: InferenceSession,
    private readonly input: NetworkInput,
  ) {}

  static async open(network: Uint8Array, input: NetworkInput): Promise<EmbeddingNetwork> {
    disableTelemetry();
    const session = await InferenceSession.create(network, {
      executionProviders: ['cpu'],
      intraOpNumThreads: availableParallelism(),
      interOpNumThreads: 1,
      enableMemPattern: false,
      logSeverityLevel: 3,
    });
    return new EmbeddingNetwork(session, input);
  }

  /** @returns embeddings one after the other, not of unit norm */
  async run(faces: readonly Float32Array[]): Promise<Float32Array> {
    const { data, dims } = batchOf(faces, inputShape(this.input));
    const outputs = await this.session.run({
      [this.session.inputNames[0]!]: new Tensor('float32', data, dims),
    });
    return outputs[this.session.outputNames[0]!]!.data as Float32Array;
  }

  /** Unit vectors. */
  async embed(faces: readonly Float32Array[]): Promise<Float32Array[]> {
    const vectors: Float32Array[] = [];
    for (let from = 0; from < faces.length; from += BATCH) {
      const part = faces.slice(from, from + BATCH);
      const data = await this.run(part);
      const length = data.length / part.length;
      for (let at = 0; at < data.length; at += length) {
        vectors.push(unitVector(data.subarray(at, at + length)));
      }
    }
    return vectors;
  }
}

const ROUNDS = 15;
/** Number of faces that a network embeds in its turn. */
const FACES_A_TURN = 16;

/**
 * Measures networks in turns, so that other processes on the machine affect all of them equally.
 * @returns the median speed of each network, faces/s
 */
export async function compareSpeeds(
  networks: readonly EmbeddingNetwork[],
  faces: readonly Float32Array[],
  batch: number,
): Promise<number[]> {
  const part = faces.slice(0, batch);
  const runs = Math.ceil(FACES_A_TURN / batch);
  const speeds = networks.map((): number[] => []);
  for (let round = 0; round <= ROUNDS; round++) {
    for (const [index, network] of networks.entries()) {
      const start = performance.now();
      for (let run = 0; run < runs; run++) await network.run(part);
      const seconds = (performance.now() - start) / 1000;
      // The first round is the warm-up.
      if (round > 0) speeds[index]!.push((runs * batch) / seconds);
    }
  }
  return speeds.map(median);
}

const AT_ONCE = 16;

/**
 * The main face of each photograph, aligned for the configured embedding pack.
 * @throws Error for a photograph without a face, because all measurements need a face for each photograph
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

/** Embeddings of the photographs as probes and as templates: of two networks, or twice of the same one. */
interface ProbesAndTemplates {
  readonly probes: readonly Float32Array[];
  readonly templates: readonly Float32Array[];
}

/** Accuracy on the pairs file, TAR at each false-accept rate, and the thresholds. */
export function accuracyRow(
  photographs: readonly LabelledPhotograph[],
  pairs: readonly LabelledPair[],
  { probes, templates }: ProbesAndTemplates,
): string[] {
  // A score uses one face as the probe and the template of the other face.
  const embedded = photographs.map((photograph, index) => {
    return { ...photograph, embedding: probes[index]!, refused: null };
  });
  const templateOf = new Map(probes.map((probe, index) => [probe, templates[index]!]));
  const score = (probe: Float32Array, other: Float32Array) =>
    dotProduct(probe, templateOf.get(other)!);
  const folds = pairScores(pairs, embedded, (a, b) => score(a.embedding, b.embedding));
  const { faces, people } = labelFaces(embedded);
  const all = scoreAllPairs(faces, people.length, (a, b) => score(probes[a]!, probes[b]!));
  const points = operatingPoints(all, FALSE_ACCEPT_RATES);
  return [
    fixedPercent(kFoldAccuracy(folds).accuracy, 2),
    ...points.map(({ trueAcceptRate }) => fixedPercent(trueAcceptRate, 2)),
    ...points.map(({ threshold }) => threshold.toFixed(3)),
  ];
}
