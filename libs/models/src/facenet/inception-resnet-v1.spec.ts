import { describe, expect, it } from '@jest/globals';
import { inceptionResnetV1 } from './inception-resnet-v1.js';
import { expectedTensors } from './match-layout.js';
import { type ConvLayer, type ResidualLayer } from './network.js';

const network = inceptionResnetV1(512);
const convs = network.layers.filter((layer): layer is ConvLayer => layer.kind === 'conv');
const residuals = network.layers.filter((l): l is ResidualLayer => l.kind === 'residual');
const shapeOf = (name: string) => convs.find((conv) => conv.name === name)?.shape;

const values = (dimension: number) =>
  expectedTensors(inceptionResnetV1(dimension)).reduce(
    (sum, { shape }) => sum + shape.reduce((product, side) => product * side, 1),
    0,
  );

describe('inceptionResnetV1', () => {
  it('has the layers and weights of the published releases', () => {
    const tensors = expectedTensors(network);
    expect(new Set(tensors.map(({ layer }) => layer)).size).toBe(245);
    expect(tensors).toHaveLength(490);
    expect(values(512)).toBe(23_497_424);
    // A head that is 384 outputs narrower: 1792 weights and 3 of the batch norm each.
    expect(values(128)).toBe(23_497_424 - 384 * (1792 + 3));
  });

  it('has kernels in the shapes of Keras', () => {
    expect(shapeOf('Conv2d_1a_3x3')).toEqual([3, 3, 3, 32]);
    expect(shapeOf('Block35_5_Conv2d_1x1')).toEqual([1, 1, 96, 256]);
    expect(shapeOf('Block17_10_Branch_1_Conv2d_0b_1x7')).toEqual([1, 7, 128, 128]);
    expect(shapeOf('Block17_10_Branch_1_Conv2d_0c_7x1')).toEqual([7, 1, 128, 128]);
    expect(shapeOf('Mixed_7a_Branch_2_Conv2d_1a_3x3')).toEqual([3, 3, 256, 256]);
    expect(shapeOf('Block8_1_Branch_0_Conv2d_1x1')).toEqual([1, 1, 1792, 192]);
    expect(network.layers.at(-1)).toMatchObject({ name: 'Bottleneck', shape: [1792, 512] });
  });

  it('pads all but a few convolutions, and halves five times', () => {
    const unpadded = convs.filter(({ padding }) => padding === 'valid').map(({ name }) => name);
    expect(unpadded).toEqual([
      'Conv2d_1a_3x3',
      'Conv2d_2a_3x3',
      'Conv2d_3b_1x1',
      'Conv2d_4a_3x3',
      'Conv2d_4b_3x3',
      'Mixed_6a_Branch_0_Conv2d_1a_3x3',
      'Mixed_6a_Branch_1_Conv2d_1a_3x3',
      'Mixed_7a_Branch_0_Conv2d_1a_3x3',
      'Mixed_7a_Branch_1_Conv2d_1a_3x3',
      'Mixed_7a_Branch_2_Conv2d_1a_3x3',
    ]);
    const halving = convs.filter(({ stride }) => stride === 2).map(({ name }) => name);
    expect(halving).toEqual(unpadded.filter((name) => !/_2a_|_3b_|_4a_/.test(name)));
    expect(network.layers.filter(({ kind }) => kind === 'max-pool')).toHaveLength(3);
  });

  it('scales its residual blocks; the last one by 1 and without ReLU', () => {
    expect(residuals.map(({ scale }) => scale)).toEqual([
      ...new Array<number>(5).fill(0.17),
      ...new Array<number>(10).fill(0.1),
      ...new Array<number>(5).fill(0.2),
      1,
    ]);
    expect(residuals.filter(({ relu }) => !relu).map(({ name }) => name)).toEqual(['Block8_6']);
    expect(convs.filter((conv) => !conv.normalised)).toHaveLength(21);
  });

  it('concatenates branches in the order of their numbers, the pooling branch last', () => {
    expect(network.layers.find(({ name }) => name === 'Mixed_7a')).toMatchObject({
      inputs: [
        'Mixed_7a_Branch_0_Conv2d_1a_3x3',
        'Mixed_7a_Branch_1_Conv2d_1a_3x3',
        'Mixed_7a_Branch_2_Conv2d_1a_3x3',
        'Mixed_7a_Branch_3_MaxPool_1a_3x3',
      ],
    });
  });
});
