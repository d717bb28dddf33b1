import { createHash } from 'node:crypto';
import { readFile, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { type EmbeddingManifest, type NetworkInput } from '#shared/models/manifest.js';
import { MANIFEST_FILE } from '#shared/models/read-pack.js';
import { cliError } from '../../cli-error.js';
import { encodeManifest } from '../encode-manifest.js';
import { flushTinyWeights } from '../onnx/flush-tiny-weights.js';
import { withWorkspace } from '../workspace.js';
import { checkNetwork } from './check-network.js';
import { freeOwnBatch } from './free-own-batch.js';
import { decodeNetwork, encodeNetwork } from './onnx-file.js';
import { ownNetworkError } from './own-network-error.js';
import { probeNetwork } from './probe-network.js';

export interface OwnNetwork {
  /** Path of the .onnx file. */
  readonly file: string;
  readonly name: string;
  readonly input: NetworkInput;
  readonly alignment: EmbeddingManifest['alignment'];
  /** Which output is the embedding; the only one when there is one. */
  readonly output: string | undefined;
  readonly licence: string;
  readonly source: string;
}

export interface OwnPack {
  readonly manifest: EmbeddingManifest;
  readonly files: ReadonlyMap<string, Buffer>;
}

const NETWORK_FILE = 'embed.onnx';
/** What protocol buffers, and so ONNX files, can be at most. Bytes. */
const MAX_BYTES = 2 ** 31 - 1;
/** Its own answer at import: another runtime or another graphics card may round otherwise. */
const MIN_COSINE = 0.999;

/**
 * Makes a pack of any ONNX network that turns an aligned face into a vector. Its known answer is what it
 * answers now, which says nothing about whether it is a good network, but catches a file or a runtime
 * that changes later. Thresholds are to be calibrated.
 * @throws PipelineError FILE_UNREADABLE, or ONNX_* naming the first thing that does not fit
 */
export async function importOwnNetwork(modelsDir: string, own: OwnNetwork): Promise<OwnPack> {
  const network = decodeNetwork(await readNetworkFile(own.file));
  if (!network) throw ownNetworkError('ONNX_UNREADABLE', `${own.file} is no ONNX network`);
  const { graph } = network;
  const ends = checkNetwork(graph, own.input, own.output);
  // The model path takes a network's first output.
  graph.output = [ends.output];
  if (ends.isBatchFixed) freeOwnBatch(graph, ends);
  const bytes = flushTinyWeights(encodeNetwork(network));
  const output = ends.output.name;
  const { dimension, answer } = await withWorkspace(modelsDir, own.name, async (folder) => {
    const file = path.join(folder, NETWORK_FILE);
    await writeFile(file, bytes);
    return probeNetwork({ ...own, file }, output);
  });
  const sha256 = sha256Of(bytes);
  const manifest: EmbeddingManifest = {
    schema: 2,
    name: own.name,
    version: versionOf(sha256, own),
    task: 'embedding',
    description: `face embedding of ${dimension} numbers, imported from ${path.basename(own.file)}`,
    source: own.source,
    licence: own.licence,
    artifacts: [
      { file: NETWORK_FILE, role: 'embed', format: 'onnx', precision: 'float32', sha256 },
    ],
    space: `${own.name}@${versionOf(sha256, own)}+${own.alignment.template}`,
    input: own.input,
    alignment: own.alignment,
    dimension,
    metric: 'cosine',
    normalisation: null,
    calibrations: [],
    knownAnswers: [
      {
        ...{ role: 'embed', outputName: output, every: 1, minCosine: MIN_COSINE },
        output: Buffer.from(answer.buffer).toString('base64'),
      },
    ],
  };
  return {
    manifest,
    files: new Map([
      [MANIFEST_FILE, encodeManifest(manifest)],
      [NETWORK_FILE, bytes],
    ]),
  };
}

/** Another network, or the same one fed otherwise, gives other embeddings: that is another space. */
function versionOf(sha256: string, { input, alignment }: OwnNetwork): string {
  return sha256Of(JSON.stringify([sha256, input, alignment])).slice(0, 8);
}

async function readNetworkFile(file: string): Promise<Buffer> {
  try {
    const { size } = await stat(file);
    if (size <= MAX_BYTES) return await readFile(file);
  } catch (error) {
    throw cliError('FILE_UNREADABLE', `cannot read ${file}: ${(error as Error).message}`, error);
  }
  throw ownNetworkError('ONNX_UNREADABLE', `${file} is larger than the 2 GiB an ONNX file can be`);
}

function sha256Of(bytes: string | Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
