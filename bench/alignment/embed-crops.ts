import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { type EmbeddedPhotograph, mainFace } from '#models/accuracy/embed-photographs.js';
import { type LabelledPhotograph } from '#models/accuracy/photographs.js';
import { type NetworkInput } from '#models/packs/manifest.js';
import { type ModelPack } from '#models/packs/read-pack.js';
import { fivePoints } from '#vision/detection/landmarks.js';
import { type FacePipeline, type FoundFace } from '#vision/face-pipeline.js';
import { type AffineMap, ontoRectangle } from '#vision/imaging/geometry.js';
import { decodeImage } from '#vision/imaging/sharp-codec.js';
import { type RgbImage, sampleImage } from '#vision/imaging/sample-image.js';
import { disableTelemetry } from '#vision/inference/inference-thread-client.js';
import { fillInput, inputLength } from '#vision/inference/network-input.js';
import { unitVector } from '#vision/inference/network-runner.js';
import { cropsFor, type FaceInPicture, mirrored } from './crops.js';

/** Embeddings of the photographs by name of the crop. */
export type EmbeddingsOfCrops = ReadonlyMap<string, readonly EmbeddedPhotograph[]>;

interface Networks {
  /** Finds the faces, and embeds the pack's own crop. */
  readonly pipeline: FacePipeline;
  readonly embed: Network;
  readonly landmarks: Network;
  readonly landmarksInput: NetworkInput;
}

/** @throws Error when a photograph cannot be decoded */
export async function embedCrops(
  networks: Networks,
  photographs: readonly LabelledPhotograph[],
): Promise<EmbeddingsOfCrops> {
  const rows = new Map<string, EmbeddedPhotograph[]>();
  for (const [done, photograph] of photographs.entries()) {
    if (done % 100 === 0) console.error(`  ${done} of ${photographs.length} photographs`);
    for (const [name, embedding] of await embedEachCrop(networks, photograph.file)) {
      const row = rows.get(name) ?? [];
      row.push({ ...photograph, embedding, refused: null });
      rows.set(name, row);
    }
  }
  return rows;
}

async function embedEachCrop(
  networks: Networks,
  file: string,
): Promise<Map<string, Float32Array | null>> {
  const { pipeline, embed } = networks;
  const { own, others } = cropsFor(pipeline.embedding);
  const bytes = await readFile(file);
  const found = await pipeline.process(bytes);
  const main = mainFace(found.faces, found);
  const names = [own.name, ownMirrored(own.name), ...others.map(({ name }) => name)];
  if (!main?.embedding) return new Map(names.map((name) => [name, null]));

  const image = { ...found, data: new Uint8Array(await decodeImage(bytes, found)) };
  const face = await inPicture(networks, image, main);
  const turned = mirrored(own.mapOf(face)!, pipeline.embedding.input);
  const maps = [turned, ...others.map((crop) => crop.mapOf(face))];
  const possible = maps.filter((map): map is AffineMap => map !== null);
  const outputs = (await embed.run(image, possible)).values();
  const [ofTurned, ...ofOthers] = maps.map((map) => map && unitVector(outputs.next().value!));
  const both = main.embedding.map((value, i) => value + ofTurned![i]!);
  const embeddings = [main.embedding, unitVector(both), ...ofOthers];
  return new Map(names.map((name, i) => [name, embeddings[i]!]));
}

function ownMirrored(own: string): string {
  return `${own}, mean with its mirror image`;
}

async function inPicture(
  { landmarks, landmarksInput }: Networks,
  image: RgbImage,
  { box, landmarks: points }: FoundFace,
): Promise<FaceInPicture> {
  const left = box.x + (box.width - box.height) / 2;
  const map = ontoRectangle(landmarksInput, { ...box, x: left, width: box.height });
  const [shares] = await landmarks.run(image, [map]);
  return { box, landmarks: points, landmarksOfSquare: fivePoints(shares!, landmarksInput, map) };
}

const BATCH = 8;

/** A network of a pack that receives crops other than those of the pipeline. */
export class Network {
  private constructor(
    private readonly session: InferenceSession,
    private readonly input: NetworkInput,
  ) {}

  static async open(
    { folder, manifest }: ModelPack,
    role: 'embed' | 'landmarks',
    input: NetworkInput,
  ): Promise<Network> {
    const artifact = manifest.artifacts.find((one) => one.role === role && one.format === 'onnx');
    if (!artifact) throw new Error(`${manifest.name} has no ONNX network for ${role}`);
    disableTelemetry();
    const session = await InferenceSession.create(path.join(folder, artifact.file), {
      logSeverityLevel: 3,
    });
    return new Network(session, input);
  }

  /** The network's first output for each crop of a picture. */
  async run(image: RgbImage, maps: readonly AffineMap[]): Promise<Float32Array[]> {
    const outputs: Float32Array[] = [];
    for (let start = 0; start < maps.length; start += BATCH) {
      outputs.push(...(await this.runBatch(image, maps.slice(start, start + BATCH))));
    }
    return outputs;
  }

  close(): Promise<void> {
    return this.session.release();
  }

  private async runBatch(image: RgbImage, maps: readonly AffineMap[]): Promise<Float32Array[]> {
    const { width, height, channels, layout } = this.input;
    const depth = channels === 'grey' ? 1 : 3;
    const length = inputLength(this.input);
    const pixels = new Float32Array(width * height * 3);
    const batch = new Float32Array(length * maps.length);
    for (const [i, map] of maps.entries()) {
      sampleImage(image, map, width, height, pixels);
      const item = batch.subarray(i * length, (i + 1) * length);
      fillInput(pixels, width, height, this.input, item);
    }
    const shape = layout === 'nchw' ? [depth, height, width] : [height, width, depth];
    const feeds = {
      [this.session.inputNames[0]!]: new Tensor('float32', batch, [maps.length, ...shape]),
    };
    const answers = await this.session.run(feeds);
    const values = answers[this.session.outputNames[0]!]!.data as Float32Array;
    const each = values.length / maps.length;
    return maps.map((_, i) => values.slice(i * each, (i + 1) * each));
  }
}
