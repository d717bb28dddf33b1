import { describe, expect, it } from '@jest/globals';
import { seededRandom } from '#models/accuracy/people-bootstrap.js';
import { type ConvLayer, type Network } from '#models/facenet/network.js';
import { encodeOnnxGraph, type OnnxGraph } from '#models/onnx/encode-onnx.js';
import { runOnnx } from '../../../test/support/run-onnx.js';
import { CEILINGS } from './ceilings.js';
import { FACENET, generatedWeights, randomTensor } from './generated-facenet.js';
import { networkCost } from './network-cost.js';
import { float16Graph, residentGraph } from './write-networks.js';

/** [batch, 2, 2, 3] → [batch, 12] → [batch, 4]. */
const small: OnnxGraph = {
  name: 'small',
  input: { name: 'input', shape: [2, 2, 3] },
  output: { name: 'embedding', shape: [4] },
  nodes: [
    { op: 'Flatten', name: 'flat', inputs: ['input'] },
    { op: 'MatMul', name: 'embedding', inputs: ['flat', 'kernel'] },
  ],
  tensors: [{ name: 'kernel', shape: [12, 4], values: randomTensor(48, 0.3, seededRandom(3)) }],
};
const pixels = randomTensor(24, 0.5, seededRandom(4));

const CONV: ConvLayer = {
  kind: 'conv',
  name: 'conv',
  input: 'input',
  shape: [3, 3, 2, 5],
  stride: 2,
  padding: 'valid',
  normalised: true,
};

async function run(graph: OnnxGraph, data: Float32Array, dims: readonly number[]) {
  const { answers } = await runOnnx(encodeOnnxGraph(graph), [{ data, dims }]);
  return answers[0]![graph.output.name]!;
}

describe('networkCost', () => {
  it('calculates the work of FaceNet from its shapes', () => {
    const { flop, weights } = networkCost(FACENET);
    // The published network: 1.42 billion multiply-adds, 23.5 million numbers.
    expect(flop / 2e9).toBeCloseTo(1.42, 2);
    expect(weights / 1e6).toBeCloseTo(23.5, 1);
  });

  it('counts one layer', () => {
    expect(networkCost({ input: [9, 7, 2], dimension: 5, layers: [CONV] })).toEqual({
      flop: 2 * 3 * 3 * 2 * 5 * (4 * 3),
      moved: 9 * 7 * 2 + 4 * 3 * 5,
      weights: 3 * 3 * 2 * 5 + 5,
    });
  });
});

describe('generatedWeights', () => {
  it('are always the same, and keep activations in range', () => {
    const network: Network = { input: [9, 7, 2], dimension: 5, layers: [CONV] };
    const kernel = generatedWeights(network).get('conv/kernel')!;
    expect(generatedWeights(network).get('conv/kernel')).toEqual(kernel);
    const deviation = Math.sqrt(kernel.reduce((sum, value) => sum + value ** 2, 0) / kernel.length);
    expect(deviation).toBeCloseTo(Math.sqrt(2 / (3 * 3 * 2)), 1);
  });
});

describe('float16Graph', () => {
  it('gives the same results to three digits, in half precision', async () => {
    const full = await run(small, pixels, [2, 2, 2, 3]);
    const half = await run(float16Graph(small), pixels, [2, 2, 2, 3]);
    expect(half.dims).toEqual([2, 4]);
    for (const [i, value] of half.data.entries()) expect(value).toBeCloseTo(full.data[i]!, 2);
    expect([...half.data]).not.toEqual([...full.data]);
  });
});

describe('residentGraph', () => {
  it('is the network with a built-in picture', async () => {
    const picture = pixels.subarray(0, 12);
    const expected = await run(small, picture, [1, 2, 2, 3]);
    const resident = residentGraph(small, picture);
    const found = await run(resident, new Float32Array(6), [2, 1, 1, 3]);
    expect([...found.data.subarray(0, 4)]).toEqual([...expected.data]);
    expect([...found.data.subarray(4)]).toEqual([...expected.data]);
  });
});

describe.each(CEILINGS)('ceiling $name', (ceiling) => {
  it('is a chain that runs at both precisions', async () => {
    const [size] = ceiling.sizes;
    const graph = ceiling.chain(size!, 2);
    const batch = ceiling.batch(size!);
    const input = new Float32Array(batch).fill(1);
    for (const network of [graph, float16Graph(graph)]) {
      const { data } = await run(network, input, [batch, ...graph.input.shape]);
      expect(data.every(Number.isFinite)).toBe(true);
      expect(data.some((value) => value !== 0)).toBe(true);
    }
  });
});
