import path from 'node:path';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { type NetworkInput } from '#models/packs/manifest.js';
import { type ModelPack } from '#models/packs/read-pack.js';
import { type AffineMap } from '#vision/imaging/geometry.js';
import { type RgbImage, sampleImage } from '#vision/imaging/sample-image.js';
import { fillInput, inputLength } from '#vision/inference/network-input.js';
import { disableTelemetry } from '#vision/inference/inference-thread-client.js';

const BATCH = 8;

/** A network of a pack, shown crops that the pipeline does not cut. */
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
