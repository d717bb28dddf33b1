/** Makes a pack from a user's own ONNX network. */
import { createHash } from 'node:crypto';
import { readFile, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { usageError } from '#shared/contracts/pipeline-error.js';
import { withWorkspace } from '../install/workspace.js';
import { freeBatch, flushTinyWeights } from '../onnx/rewrite-onnx.js';
import { type EmbeddingManifest, encodeManifest, type NetworkInput } from '../packs/manifest.js';
import { MANIFEST_FILE } from '../packs/read-pack.js';
import { type NetworkEnds, checkNetwork } from './check-network.js';
import { type OnnxGraph, decodeNetwork, encodeNetwork, ownNetworkError } from './network-file.js';
import { probeNetwork } from './probe-network.js';

const NETWORK_FILE = 'embed.onnx';
/** Maximum size of a protobuf message, and therefore of an ONNX file. Bytes. */
const MAX_BYTES = 2 ** 31 - 1;
/** Minimum similarity to the answer at import. Other runtimes and GPUs may round differently. */
const MIN_COSINE = 0.999;

/** What the user states about their network. */
export interface OwnNetwork {
  /** Path of the .onnx file. */
  readonly file: string;
  readonly name: string;
  readonly input: NetworkInput;
  readonly alignment: EmbeddingManifest['alignment'];
  /** Name of the output with the embedding; undefined: the only output. */
  readonly output: string | undefined;
  readonly licence: string;
  readonly source: string;
}

interface OwnPack {
  readonly manifest: EmbeddingManifest;
  readonly files: ReadonlyMap<string, Buffer>;
}

/**
 * Makes a pack from any ONNX network that turns an aligned face into a vector. The known answer is the
 * output at import: it does not show that the network is good, but detects a file or a runtime that changes
 * later. The pack has no thresholds yet.
 * @throws PipelineError FILE_UNREADABLE, or ONNX_* for the first problem
 */
export async function importOwnNetwork(modelsDir: string, own: OwnNetwork): Promise<OwnPack> {
  const network = decodeNetwork(await readNetworkFile(own.file));
  if (!network) throw ownNetworkError('ONNX_UNREADABLE', `${own.file} is not an ONNX network`);
  const { graph } = network;
  const ends = checkNetwork(graph, own.input, own.output);
  // The face pipeline uses the first output.
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
        role: 'embed',
        outputName: output,
        every: 1,
        minCosine: MIN_COSINE,
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

async function readNetworkFile(file: string): Promise<Buffer> {
  try {
    const { size } = await stat(file);
    if (size <= MAX_BYTES) return await readFile(file);
  } catch (error) {
    throw usageError('FILE_UNREADABLE', `cannot read ${file}: ${(error as Error).message}`, error);
  }
  throw ownNetworkError(
    'ONNX_UNREADABLE',
    `${file} is larger than 2 GiB, the maximum of an ONNX file`,
  );
}

/** A hash of everything that changes embeddings: each combination is a model space of its own. */
function versionOf(sha256: string, { input, alignment }: OwnNetwork): string {
  return sha256Of(JSON.stringify([sha256, input, alignment])).slice(0, 8);
}

function sha256Of(bytes: string | Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/**
 * Changes a network that was exported for one picture at a time so that it accepts batches. Parts that
 * still assume a batch of one are detected by probeNetwork.
 */
function freeOwnBatch(graph: OnnxGraph, { input, output }: NetworkEnds): void {
  freeBatch([input, output].filter(hasShape), reshapeLengths(graph));
  // They also state a batch of 1.
  graph.value_info = [];
}

/** Shape tensors of Reshape nodes: initializers, or Constant nodes of older PyTorch exports. */
function reshapeLengths({ node, initializer }: OnnxGraph) {
  const weights = new Set(initializer.map(({ name }) => name));
  const constants = node.filter(({ op_type }) => op_type === 'Constant');
  for (const { output } of constants) weights.add(output[0]!);
  const names = new Set(
    node
      // A reshaped weight has no batch axis.
      .filter(({ op_type, input }) => op_type === 'Reshape' && !weights.has(input[0]!))
      .map(({ input }) => input[1]!),
  );
  const tensors = [
    ...initializer.filter(({ name }) => names.has(name)),
    ...constants
      .filter(({ output }) => names.has(output[0]!))
      .flatMap(({ attribute }) => attribute.flatMap(({ t }) => t ?? [])),
  ];
  for (const tensor of tensors) {
    if (tensor.int64_data.length === 0) continue;
    tensor.raw_data = rawLengths(tensor.int64_data);
    tensor.int64_data = [];
  }
  return tensors.filter(({ raw_data }) => raw_data.length > 0);
}

function rawLengths(lengths: readonly unknown[]): Buffer {
  const raw = Buffer.alloc(lengths.length * 8);
  for (const [index, length] of lengths.entries()) {
    raw.writeBigInt64LE(BigInt(String(length)), index * 8);
  }
  return raw;
}

type Shaped = Parameters<typeof freeBatch>[0][number];

function hasShape(value: NetworkEnds['input']): value is NetworkEnds['input'] & Shaped {
  return (value.type?.tensor_type?.shape?.dim.length ?? 0) > 0;
}
