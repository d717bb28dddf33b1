import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { placePack } from '#models/install/place-pack.js';
import { verifyAnswers } from '#models/install/verify-answers.js';
import { importOwnNetwork, type OwnNetwork } from '#models/own-network/import-own-network.js';
import {
  decodeNetwork,
  encodeNetwork,
  type OnnxNetwork,
} from '#models/own-network/network-file.js';
import { arcface112, parseAlignment } from '#models/packs/alignment.js';
import { readEmbeddingPack } from '#models/packs/read-pack.js';
import { frFeature } from '#models/published/default-packs.js';
import { fetchNpmFiles } from '#models/sources/npm-files.js';
import { OWN_DIMENSION, OWN_SIZE, ownNetwork, weights } from '../support/own-network.js';

/** TensorProto.DataType. */
const FLOAT16 = 10;
/** AttributeProto.AttributeType. */
const TENSOR = 4;

describe('importOwnNetwork', () => {
  let modelsDir: string;

  beforeAll(async () => {
    modelsDir = await mkdtemp(path.join(os.tmpdir(), 'sightline-own-'));
  });
  afterEach(async () => {
    expect((await readdir(modelsDir)).filter((name) => name.startsWith('.'))).toEqual([]);
  });
  afterAll(() => rm(modelsDir, { recursive: true }));

  async function run(bytes: Uint8Array, changes: Partial<OwnNetwork> = {}) {
    const file = path.join(modelsDir, 'network.onnx');
    await writeFile(file, bytes);
    return importOwnNetwork(modelsDir, {
      file,
      name: 'own',
      output: undefined,
      licence: 'MIT',
      source: 'made up',
      input: {
        width: OWN_SIZE,
        height: OWN_SIZE,
        channels: 'rgb',
        layout: 'nchw',
        mean: 127.5,
        std: 127.5,
      },
      alignment: parseAlignment('arcface-112', OWN_SIZE),
      ...changes,
    });
  }

  const changed = (bytes: Uint8Array, change: (network: OnnxNetwork) => void) => {
    const network = decodeNetwork(bytes)!;
    change(network);
    return encodeNetwork(network);
  };

  it('makes a complete, uncalibrated pack whose known answer is right', async () => {
    const { manifest, files } = await run(ownNetwork());
    expect(manifest).toMatchObject({
      name: 'own',
      task: 'embedding',
      dimension: OWN_DIMENSION,
      calibrations: [],
      licence: 'MIT',
      source: 'made up',
      normalisation: null,
      space: expect.stringMatching(/^own@[0-9a-f]{8}\+arcface-16$/),
    });
    await placePack(modelsDir, 'own', files, { force: true });
    const pack = await readEmbeddingPack(modelsDir, 'own');
    await verifyAnswers(pack);
    const [known] = pack.manifest.knownAnswers;
    const other = { ...known!, output: Buffer.alloc(OWN_DIMENSION * 4, 7).toString('base64') };
    const wrong = { ...pack.manifest, knownAnswers: [other] };
    await expect(verifyAnswers({ ...pack, manifest: wrong })).rejects.toMatchObject({
      code: 'MODEL_ANSWER_WRONG',
    });
  });

  it('gives each combination of network, input and alignment its own model space', async () => {
    const spaceOf = async (...args: Parameters<typeof run>) => (await run(...args)).manifest.space;
    const one = await spaceOf(ownNetwork());
    expect(await spaceOf(ownNetwork())).toBe(one);
    const input = (await run(ownNetwork())).manifest.input;
    const spaces = [
      one,
      await spaceOf(ownNetwork({ tensors: [weights(2)] })),
      await spaceOf(ownNetwork(), { input: { ...input, channels: 'bgr' } }),
      await spaceOf(ownNetwork(), { alignment: parseAlignment('facenet-160', OWN_SIZE) }),
    ];
    expect(new Set(spaces).size).toBe(spaces.length);
  });

  it('asks which of several outputs is the embedding, and keeps only that one', async () => {
    const several = changed(ownNetwork(), ({ graph }) => {
      const [embedding] = graph.output;
      graph.output = [{ ...embedding!, name: 'flat' }, embedding!];
    });
    await expect(run(several)).rejects.toMatchObject({
      code: 'ONNX_OUTPUT_UNSUITABLE',
      message: expect.stringContaining('--output: flat, embedding'),
    });
    const { manifest, files } = await run(several, { output: 'embedding' });
    expect(manifest.dimension).toBe(OWN_DIMENSION);
    const kept = decodeNetwork(files.get('embed.onnx')!)!.graph.output;
    expect(kept.map(({ name }) => name)).toEqual(['embedding']);
  });

  describe('of a published network with a batch size of one', () => {
    const input = frFeature.manifest.task === 'embedding' && frFeature.manifest.input;
    const own = { input: input || undefined!, alignment: arcface112 };
    let published: Buffer;

    beforeAll(async () => {
      const original = frFeature.originals['embed.onnx']!;
      published = (await fetchNpmFiles(frFeature.tarball, [original])).get(original)!;
    });

    it('gives the known answer of the pack that contains the same network', async () => {
      const { manifest, files } = await run(published, own);
      await placePack(modelsDir, 'own', files, { force: true });
      const pack = await readEmbeddingPack(modelsDir, 'own');
      await verifyAnswers({
        folder: pack.folder,
        manifest: { ...manifest, knownAnswers: frFeature.manifest.knownAnswers },
      });
    });

    it('makes the batch size variable, whether it is a constant or a dimension', async () => {
      const constants = changed(published, ({ graph }) => {
        const shapes = new Set(
          graph.node.map(({ op_type, input }) => op_type === 'Reshape' && input[1]),
        );
        const lengths = graph.initializer.find(({ name }) => shapes.has(name))!;
        const { raw_data } = lengths;
        lengths.int64_data = Array.from({ length: raw_data.length / 8 }, (_, i) =>
          Number(Buffer.from(raw_data).readBigInt64LE(i * 8)),
        );
        lengths.raw_data = new Uint8Array();
        const constant = {
          input: [],
          output: [lengths.name],
          op_type: 'Constant',
          attribute: [{ name: 'value', t: { ...lengths, name: '' }, type: TENSOR }],
        };
        Object.assign(graph, {
          node: [constant, ...graph.node],
          initializer: graph.initializer.filter((tensor) => tensor !== lengths),
        });
      });
      expect((await run(constants, own)).manifest.dimension).toBe(512);
    });
  });

  const node = (op: string, name: string, ...inputs: string[]) => ({ op, name, inputs });
  const flat = { ...node('Flatten', 'flat', 'picture'), attributes: { axis: 1 } };
  const product = node('MatMul', 'product', 'flat', 'weights');

  it.each<[string, Uint8Array, Partial<OwnNetwork>, string, RegExp]>([
    ['text', Buffer.from('no network'), {}, 'ONNX_UNREADABLE', /is not an ONNX network/],
    ['an empty file', Buffer.alloc(0), {}, 'ONNX_UNREADABLE', /is not an ONNX network/],
    [
      'a truncated file',
      ownNetwork().subarray(0, 5_000),
      {},
      'ONNX_UNREADABLE',
      /is not an ONNX network/,
    ],
    [
      'weights in other files',
      changed(ownNetwork(), ({ graph }) =>
        Object.assign(graph.initializer[0]!, {
          external_data: [{ key: 'location', value: 'own.data' }],
        }),
      ),
      {},
      'ONNX_EXTERNAL_DATA',
      /weights in own\.data/,
    ],
    [
      'two inputs',
      changed(ownNetwork(), ({ graph }) =>
        Object.assign(graph, { input: [graph.input[0], { ...graph.input[0]!, name: 'mask' }] }),
      ),
      {},
      'ONNX_INPUT_UNSUITABLE',
      /has 2 inputs \(picture, mask\)/,
    ],
    [
      'half-precision input',
      changed(ownNetwork(), ({ graph }) =>
        Object.assign(graph.input[0]!.type!.tensor_type!, { elem_type: FLOAT16 }),
      ),
      {},
      'ONNX_INPUT_UNSUITABLE',
      /picture has the type float16/,
    ],
    [
      'another input size than stated',
      ownNetwork({ input: { name: 'picture', shape: [3, 32, 32] } }),
      {},
      'ONNX_INPUT_UNSUITABLE',
      /has the shape \[batch, 3, 32, 32\]; with --size 16 .* matching options are --size 32 --channels rgb --layout nchw/,
    ],
    [
      'another layout than stated',
      ownNetwork({ input: { name: 'picture', shape: [16, 16, 3] } }),
      {},
      'ONNX_INPUT_UNSUITABLE',
      /matching options are --size 16 --channels rgb --layout nhwc/,
    ],
    [
      'a batch of four',
      changed(ownNetwork(), ({ graph }) => {
        graph.input[0]!.type!.tensor_type!.shape!.dim[0] = { dim_value: 4 };
      }),
      {},
      'ONNX_BATCH_FIXED',
      /fixed batch of 4/,
    ],
    [
      'an output that does not exist',
      ownNetwork(),
      { output: 'logits' },
      'ONNX_OUTPUT_UNSUITABLE',
      /no output logits; its outputs are: embedding/,
    ],
    [
      'an output of four axes',
      ownNetwork({
        output: { name: 'half', shape: [3, 16, 16] },
        nodes: [node('Relu', 'half', 'picture')],
        tensors: [],
      }),
      {},
      'ONNX_OUTPUT_UNSUITABLE',
      /half has the shape \[batch, 3, 16, 16\]; an embedding has \[batch, numbers per face\]/,
    ],
    [
      'an unknown operator',
      ownNetwork({ nodes: [node('Sparkle', 'embedding', 'picture')] }),
      {},
      'NETWORK_NOT_LOADED',
      /Sparkle/,
    ],
    [
      'an output of only zeros',
      ownNetwork({ tensors: [weights(0)] }),
      {},
      'ONNX_OUTPUT_UNSUITABLE',
      /8 numbers with norm 0/,
    ],
    [
      'the same output for every input',
      ownNetwork({
        nodes: [
          flat,
          product,
          node('Sub', 'none', 'product', 'product'),
          node('Exp', 'embedding', 'none'),
        ],
      }),
      {},
      'ONNX_OUTPUT_CONSTANT',
      /the same for different inputs/,
    ],
    [
      'outputs that depend on the other items of the batch',
      ownNetwork({
        nodes: [
          flat,
          product,
          { ...node('ReduceMean', 'mean', 'product'), attributes: { axes: [0], keepdims: 1 } },
          node('Abs', 'size', 'mean'),
          node('Add', 'embedding', 'product', 'size'),
        ],
      }),
      {},
      'ONNX_BATCH_FIXED',
      /another result than alone/,
    ],
    [
      'one output for a whole batch',
      ownNetwork({
        nodes: [
          flat,
          product,
          { ...node('ReduceMean', 'embedding', 'product'), attributes: { axes: [0], keepdims: 1 } },
        ],
      }),
      {},
      'ONNX_BATCH_FIXED',
      /a batch of 4 gives 8 numbers/,
    ],
  ])('refuses a network with %s', async (_, bytes, changes, code, message) => {
    await expect(run(bytes, changes)).rejects.toMatchObject({
      code,
      message: expect.stringMatching(message),
    });
  });

  it('reports that a file cannot be read', async () => {
    const file = path.join(modelsDir, 'absent.onnx');
    await expect(run(ownNetwork(), { file })).rejects.toMatchObject({ code: 'FILE_UNREADABLE' });
  });
});
