import { describe, expect, it } from '@jest/globals';
import { foldNetwork, type FoldedConv, type FoldedDense } from './fold-network.js';
import { NetworkBuilder, INPUT } from './network.js';

/** One convolution with batch norm, one scaled by a residual block, and a head. */
function build() {
  const net = new NetworkBuilder([1, 1, 2]);
  const x = net.conv(INPUT, 'A_1x1', 2);
  const up = net.conv(x, 'B_1x1', 2, { normalised: false });
  net.dense(net.mean(net.residual(x, up, 'Sum', { scale: 0.5, relu: true }), 'Mean'), 'Head', 1);
  return net.build();
}

const weights = new Map(
  Object.entries({
    // Rows are inputs, columns outputs.
    'A_1x1/kernel': [1, 2, 3, 4],
    'A_1x1_BatchNorm/beta': [10, 20],
    'A_1x1_BatchNorm/moving_mean': [1, 2],
    'A_1x1_BatchNorm/moving_variance': [0.249, 3.999],
    'B_1x1/kernel': [1, 1e-16, 3, 4],
    'B_1x1/bias': [6, 8],
    'Head/kernel': [3, 5],
    'Head_BatchNorm/beta': [7],
    'Head_BatchNorm/moving_mean': [2],
    'Head_BatchNorm/moving_variance': [0.249],
  }).map(([name, values]) => [name, Float32Array.from(values)]),
);

describe('foldNetwork', () => {
  const folded = foldNetwork(build(), weights);
  const [a, b, , , head] = folded.layers as [FoldedConv, FoldedConv, unknown, unknown, FoldedDense];

  it('divides each output by the standard deviation and moves the mean into the bias', () => {
    expect(a.relu).toBe(true);
    [2, 1, 6, 2].forEach((value, i) => expect(a.kernel[i]).toBeCloseTo(value, 6));
    [10 - 1 / 0.5, 20 - 2 / 2].forEach((value, i) => expect(a.bias[i]).toBeCloseTo(value, 6));
    [6, 10].forEach((value, i) => expect(head.kernel[i]).toBeCloseTo(value, 6));
    expect(head.bias[0]).toBeCloseTo(7 - 2 / 0.5, 6);
  });

  it('scales a residual branch in its last convolution, whose ReLU comes after the sum', () => {
    expect(b).toMatchObject({ relu: false, bias: Float32Array.of(3, 4) });
    expect(folded.layers[2]).toEqual({
      kind: 'sum',
      name: 'Sum',
      inputs: ['A_1x1', 'B_1x1'],
      relu: true,
    });
  });

  it('sets tiny weights to zero', () => {
    expect([...b.kernel]).toEqual([0.5, 0, 1.5, 2]);
  });

  it('keeps all weights in one array, kernel and bias in turn', () => {
    const pieces = [a.kernel, a.bias, b.kernel, b.bias, head.kernel, head.bias];
    expect([...folded.weights]).toEqual(pieces.flatMap((piece) => [...piece]));
  });

  it('rounds once: factors are not float32', () => {
    const tenths = new Map(weights).set('A_1x1/kernel', Float32Array.of(0.1, 0.2, 0.3, 0.7));
    const [conv] = foldNetwork(build(), tenths).layers as [FoldedConv];
    const variance = Math.fround(3.999) + 0.001;
    expect(conv.kernel[1]).toBe(Math.fround(Math.fround(0.2) * (1 / Math.sqrt(variance))));
  });
});
