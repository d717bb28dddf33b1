/**
 * Does a network want the colour channels in the order that the user stated? With red and blue exchanged, a
 * network still tells the people of the face test apart, so two finer signs are used.
 */
import { mkdir, mkdtemp, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { PipelineError } from '#shared/contracts/pipeline-error.js';
import { networkSetup } from '#vision/packs/load-packs.js';
import { runNetwork } from '../install/verify-answers.js';
import { encodeManifest, type NetworkInput } from '../packs/manifest.js';
import { MANIFEST_FILE, readEmbeddingPack } from '../packs/read-pack.js';
import { dotProduct } from '../scoring/as-norm.js';
import { cutOutFaces, type FaceTestPlaces, measureFaces, type Similarities } from './face-test.js';

export const CHANNELS_WRONG = 'MODEL_CHANNELS_WRONG';

/**
 * Minimum share of faces whose embedding must be shorter with the other order, before it is scaled to norm 1.
 * Measured on 38 faces: FaceNet-512 95 %, fr-feature 89 % when the other order is the right one, and 5 % and
 * 11 % when it is the wrong one.
 */
const LEAST_SHORTER = 0.75;
/** Smaller differences of length are rounding: the network itself scales its output. */
const SHORTER = 0.999;

/**
 * Compares the stated order with the other one. Both signs must favour the other order: shorter embeddings,
 * and one person further above strangers (measured for the right and the wrong order, in deviations:
 * FaceNet-512 3.70 and 3.43, fr-feature 5.41 and 5.32).
 * @param measured similarities with the stated order
 * @throws PipelineError MODEL_CHANNELS_WRONG
 */
export async function assertChannelOrder(
  name: string,
  places: FaceTestPlaces,
  measured: Similarities,
): Promise<void> {
  const { manifest } = await readEmbeddingPack(places.workspace, name);
  const { channels } = manifest.input;
  if (channels === 'grey') return;
  const shorter = await shareShorter(name, places);
  if (shorter < LEAST_SHORTER) return;
  const other = channels === 'rgb' ? 'bgr' : 'rgb';
  const workspace = await withChannels(name, places.workspace, other);
  const exchanged = await measureFaces(name, { ...places, workspace, modelsDir: places.workspace });
  const [stated, better] = [measured, exchanged].map(leadOf) as [number, number];
  if (better <= stated) return;
  throw new PipelineError(
    CHANNELS_WRONG,
    `${name} seems to want its colour channels in another order: with ${other}, one person is ${better.toFixed(2)} standard deviations above strangers, with ${channels} ${stated.toFixed(2)}; import it with --channels ${other}, or with --no-face-check if you know that ${channels} is right`,
    { stage: 'models', class: 'quarantine', details: { channels, other, stated, better, shorter } },
  );
}

/** Share of the faces whose embedding is shorter with red and blue exchanged. */
async function shareShorter(name: string, places: FaceTestPlaces): Promise<number> {
  const pack = await readEmbeddingPack(places.workspace, name);
  const { input, knownAnswers } = pack.manifest;
  const faces = await cutOutFaces(name, places);
  const setup = networkSetup(pack, 'embed', input, { tensorflow: null, device: 'cpu' });
  const inputs = [...faces, ...faces.map((face) => exchangeChannels(face, input))];
  const answers = await runNetwork(
    setup,
    inputs.map((values) => ({ values, count: 1 })),
  );
  const lengths = answers.map((answer) => {
    const output = 'outputs' in answer && answer.outputs.get(knownAnswers[0]!.outputName);
    return output ? Math.sqrt(dotProduct(output, output)) : Number.NaN;
  });
  const shorter = faces.filter((_, i) => lengths[faces.length + i]! < SHORTER * lengths[i]!);
  return shorter.length / faces.length;
}

/** A picture of three channels with the first and the last exchanged. */
export function exchangeChannels(
  values: Float32Array,
  { width, height, layout }: Pick<NetworkInput, 'width' | 'height' | 'layout'>,
): Float32Array {
  const area = width * height;
  const at = (channel: number, pixel: number) =>
    layout === 'nchw' ? channel * area + pixel : pixel * 3 + channel;
  const exchanged = Float32Array.from(values);
  for (let pixel = 0; pixel < area; pixel++) {
    exchanged[at(0, pixel)] = values[at(2, pixel)]!;
    exchanged[at(2, pixel)] = values[at(0, pixel)]!;
  }
  return exchanged;
}

/** Makes a copy of the pack with another order of the channels. @returns the folder that contains it */
async function withChannels(
  name: string,
  packs: string,
  channels: NetworkInput['channels'],
): Promise<string> {
  const { folder, manifest } = await readEmbeddingPack(packs, name);
  const copies = await mkdtemp(path.join(packs, `.${channels}-`));
  const copy = path.join(copies, name);
  await mkdir(copy);
  for (const { file } of manifest.artifacts) {
    await symlink(path.resolve(folder, file), path.join(copy, file));
  }
  const input = { ...manifest.input, channels };
  await writeFile(path.join(copy, MANIFEST_FILE), encodeManifest({ ...manifest, input }));
  return copies;
}

/** How far the mean similarity of one person lies above that of strangers, in deviations of strangers. */
export function leadOf({ same, strangers }: Similarities): number {
  const mean = meanOf(strangers);
  const variance = meanOf(strangers.map((value) => (value - mean) ** 2));
  return (meanOf(same) - mean) / Math.sqrt(variance);
}

function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
