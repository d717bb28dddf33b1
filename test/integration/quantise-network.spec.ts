import { beforeAll, describe, expect, it } from '@jest/globals';
import { foldNetwork } from '#models/facenet/fold-network.js';
import { writeOnnx } from '#models/facenet/write-onnx.js';
import { decodeGraph, encodeGraph } from '#models/onnx/onnx-graph.js';
import { quantiseNetwork } from '#models/quantise/quantise-network.js';
import { generatedWeights, noise } from '../support/keras-weights.js';
import { optimisedOperators } from '../support/optimised-operators.js';
import { runOnnx } from '../support/run-onnx.js';
import { tinyFacenet } from '../support/tiny-facenet.js';
import { TinyNetwork } from '../support/tiny-network.js';

const DIMENSION = 32;

/** A network whose layers turn bytes into bytes. The last layer doubles them. */
function byteNetwork(): Buffer {
  const net = new TinyNetwork([1, 6, 6]);
  const inverted = (value: string) =>
    net.conv(value, [1, 1, 1, 1], {}, { weights: [-1], bias: [255] });
  const pooled = (value: string) =>
    net.add('MaxPool', [value], { kernel_shape: [2, 2], strides: [2, 2] });
  const inverse = net.add('Relu', [inverted('input')]);
  const again = pooled(inverted(inverse));
  const both = net.add('Concat', [pooled(inverse), again], { axis: 1 });
  const second = net.conv(both, [1, 2, 1, 1], {}, { weights: [0, 1], bias: [0] });
  net.add('Flatten', [net.add('Add', [second, again])]);
  return net.build(9);
}

function items(count: number, length: number, seed: number): Float32Array[] {
  return Array.from({ length: count }, (_, index) =>
    Float32Array.from({ length }, noise(seed + index)),
  );
}

function rms(values: Float32Array): number {
  return Math.sqrt(values.reduce((sum, value) => sum + value * value, 0) / values.length);
}

describe('quantiseNetwork', () => {
  const network = tinyFacenet(DIMENSION);
  const shape = network.input;
  const size = shape.reduce((product, side) => product * side, 1);
  const real = writeOnnx(foldNetwork(network, generatedWeights(network)));
  const calibration = { shape, items: items(12, size, 100), inputRange: [-1, 1] } as const;
  let quantised: Buffer;

  /** Results for inputs that were not used for the calibration. */
  async function answers(network: Uint8Array, batch: number, seed = 500) {
    const data = Float32Array.from(items(batch, size, seed).flatMap((item) => [...item]));
    const { answers } = await runOnnx(network, [{ data, dims: [batch, ...shape] }]);
    return answers[0]!.embedding!.data;
  }

  beforeAll(async () => {
    quantised = await quantiseNetwork(real, calibration);
  });

  it('gives nearly the same results as the float32 network', async () => {
    const expected = await answers(real, 16);
    const given = await answers(quantised, 16);
    const errors = given.map((value, i) => value - expected[i]!);
    expect(rms(errors) / rms(expected)).toBeLessThan(0.02);
    expect(rms(errors)).toBeGreaterThan(0);
  });

  it('gives the same results for a batch as for its single items', async () => {
    const together = await answers(quantised, 3, 700);
    for (const index of [0, 1, 2]) {
      const alone = await answers(quantised, 1, 700 + index);
      const part = together.slice(DIMENSION * index, DIMENSION * (index + 1));
      for (const [at, value] of alone.entries()) expect(part[at]).toBeCloseTo(value, 4);
    }
  });

  it('uses integers from the input to the pooling, without conversions between', async () => {
    const operators = await optimisedOperators(quantised);
    expect(operators).toMatchObject({ QuantizeLinear: 1, DequantizeLinear: 1 });
    expect(operators).toMatchObject({ QLinearConv: 8, QLinearConcat: 2, QLinearAdd: 2 });
    expect(operators).not.toHaveProperty('Conv');
    expect(operators).not.toHaveProperty('Relu');
  });

  it('produces identical files for the same faces', async () => {
    expect(await quantiseNetwork(real, calibration)).toEqual(quantised);
  });

  it('is exact for a network whose values are all bytes', async () => {
    const ofBytes = byteNetwork();
    const bytes = (seed: number) => items(1, 36, seed)[0]!.map((v) => Math.round((v + 1) * 127.5));
    const extremes = bytes(1).map((byte) => (byte > 127 ? 255 : 0));
    const exact = await quantiseNetwork(ofBytes, {
      shape: [1, 6, 6],
      inputRange: [0, 255],
      items: [extremes, bytes(2), bytes(3)],
    });
    const images = [{ data: bytes(77), dims: [1, 1, 6, 6] }];
    const [expected, given] = [await runOnnx(ofBytes, images), await runOnnx(exact, images)];
    expect(given.answers).toEqual(expected.answers);
    expect((await optimisedOperators(exact)).QLinearConv).toBe(3);
  });

  it.each([
    [
      'a file that is not a network',
      () => Buffer.from('not what it should be'),
      'not an .onnx file',
    ],
    ['a network with an old operator set', () => withOpset(real, 12), 'operator set 12'],
    ['a network that is already quantised', () => quantised, 'no convolution'],
  ])('refuses %s', async (_, network, problem) => {
    await expect(quantiseNetwork(network(), calibration)).rejects.toMatchObject({
      code: 'QUANTISE_UNSUITABLE',
      message: expect.stringContaining(problem),
    });
  });

  it('passes on the error of the runtime for an invalid network', async () => {
    const broken = decodeGraph(real);
    broken.graph.initializer = broken.graph.initializer.slice(0, -1);
    await expect(quantiseNetwork(encodeGraph(broken), calibration)).rejects.toMatchObject({
      code: 'INFERENCE_FAILED',
    });
  });
});

function withOpset(network: Buffer, version: number): Buffer {
  const model = decodeGraph(network);
  return encodeGraph(Object.assign(model, { opset_import: [{ domain: '', version }] }));
}
