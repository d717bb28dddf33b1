import { describe, expect, it } from '@jest/globals';
import { tensorOf } from '../onnx/onnx-graph.js';
import { integerConvolution } from './integer-network.js';

/** 1 × 1 kernels: rows of input channels, one row an output channel. */
function convolution(rows: number[][], bias?: number[]) {
  const dims = [rows.length, rows[0]!.length, 1, 1];
  return {
    weights: tensorOf('weights', dims, Float32Array.from(rows.flat())),
    bias: bias && tensorOf('bias', [bias.length], Float32Array.from(bias)),
  };
}

const NO_MEAN = new Float64Array(2);

describe('integerConvolution', () => {
  it('uses one scale per output channel and half of the range of int8', () => {
    const { weights, scales } = integerConvolution(
      convolution([
        [64, -32],
        [0.25, 1],
      ]),
      1,
      NO_MEAN,
    );
    expect([...weights]).toEqual([64, -32, 16, 64]);
    expect([...scales]).toEqual([1, 1 / 64]);
  });

  it('keeps the sum of two products within 16 bits', () => {
    const rows = [Array.from({ length: 100 }, (_, i) => Math.sin(i * i))];
    const { weights } = integerConvolution(convolution(rows), 0.1, new Float64Array(100));
    const largest = weights.reduce((most, weight) => Math.max(most, Math.abs(weight)), 0);
    expect(2 * 255 * largest).toBeLessThan(2 ** 15);
    expect(largest).toBeGreaterThanOrEqual(63);
  });

  it('stores the bias in units of input scale times weight scale', () => {
    const { bias, biasScales } = integerConvolution(convolution([[64, 0]], [10]), 0.5, NO_MEAN);
    expect([...biasScales]).toEqual([0.5]);
    expect([...bias]).toEqual([20]);
  });

  it('corrects the bias by the shift of the mean that rounding causes', () => {
    const means = Float64Array.of(3, 5);
    const row = [1, 0.3];
    const { weights, bias, scales, biasScales } = integerConvolution(
      convolution([row], [2]),
      0.001,
      means,
    );
    const real = row[0]! * means[0]! + row[1]! * means[1]! + 2;
    const sum = (weights[0]! * means[0]! + weights[1]! * means[1]!) * scales[0]!;
    expect(sum + bias[0]! * biasScales[0]!).toBeCloseTo(real, 3);
    expect(Math.abs(sum + 2 - real)).toBeGreaterThan(0.01);
  });

  it('uses the means of the channels that a group reads', () => {
    const grouped = integerConvolution(
      convolution([
        [1, 0.3],
        [1, 0.3],
      ]),
      0.001,
      Float64Array.of(0, 0, 3, 5),
    );
    const alone = integerConvolution(convolution([[1, 0.3]]), 0.001, Float64Array.of(3, 5));
    expect(grouped.bias[0]).toBe(0);
    expect(grouped.bias[1]).toBe(alone.bias[0]);
    expect(alone.bias[0]).not.toBe(0);
  });

  it('keeps the bias of a channel without weights, and handles an empty channel', () => {
    const { weights, bias, biasScales } = integerConvolution(
      convolution(
        [
          [0, 0],
          [0, 0],
        ],
        [-7, 0],
      ),
      0.1,
      NO_MEAN,
    );
    expect([...weights]).toEqual([0, 0, 0, 0]);
    expect(bias[0]! * biasScales[0]!).toBeCloseTo(-7, 5);
    expect(bias[1]).toBe(0);
  });
});
