import { describe, expect, it } from '@jest/globals';
import { inceptionResnetV1 } from './inception-resnet-v1.js';
import { type FoundLayer, type FoundTensor } from './keras-weights.js';
import { expectedTensors, matchLayout } from './match-layout.js';

const candidates = [128, 512].map(inceptionResnetV1);

/** What a file of this head declares. */
function declared(dimension: number): FoundLayer[] {
  const expected = expectedTensors(inceptionResnetV1(dimension));
  return [...new Set(expected.map(({ layer }) => layer))].map((layer) => ({
    layer,
    tensors: expected
      .filter((one) => one.layer === layer)
      .map(({ tensor, shape }) => ({
        tensor,
        shape,
        path: `/${layer}/${layer}/${tensor}:0`,
        type: 'float32',
        obstacle: null,
      })),
  }));
}

/** The same with one tensor declared otherwise. */
function changed(layer: string, change: Partial<FoundTensor>): FoundLayer[] {
  return declared(512).map((entry) =>
    entry.layer === layer
      ? { layer, tensors: entry.tensors.map((one, i) => (i === 0 ? { ...one, ...change } : one)) }
      : entry,
  );
}

describe('matchLayout', () => {
  it.each([128, 512])(
    'recognises a last layer of %i numbers and finds every tensor',
    (dimension) => {
      const { network, places } = matchLayout(declared(dimension), candidates);
      expect(network.dimension).toBe(dimension);
      expect(places).toHaveLength(490);
      expect(places.at(-1)?.path).toBe(
        '/Bottleneck_BatchNorm/Bottleneck_BatchNorm/moving_variance:0',
      );
    },
  );

  it.each<[string, FoundLayer[], string, string]>([
    [
      'another network',
      [{ layer: 'block1_conv1', tensors: [] }],
      'KERAS_LAYOUT_MISMATCH',
      'it has no layer Conv2d_1a_3x3 with weights; its first layers are block1_conv1',
    ],
    ['an empty file', [], 'KERAS_LAYOUT_MISMATCH', 'it has no layer Conv2d_1a_3x3 with weights'],
    [
      'a head of another length',
      declared(256),
      'KERAS_LAYOUT_MISMATCH',
      'Bottleneck/kernel has the shape [1792, 256] instead of [1792, 128] or [1792, 512]',
    ],
    [
      'a batch norm of another length than the head',
      changed('Bottleneck_BatchNorm', { shape: [128] }),
      'KERAS_LAYOUT_MISMATCH',
      'Bottleneck_BatchNorm/beta has the shape [128] instead of [512]',
    ],
    [
      'a kernel of another shape',
      changed('Conv2d_4a_3x3', { shape: [3, 3, 80, 193] }),
      'KERAS_LAYOUT_MISMATCH',
      'Conv2d_4a_3x3/kernel has the shape [3, 3, 80, 193] instead of [3, 3, 80, 192]',
    ],
    [
      'a kernel of a huge shape',
      changed('Conv2d_4a_3x3', { shape: [2 ** 40, 2 ** 20] }),
      'KERAS_LAYOUT_MISMATCH',
      'has the shape [1099511627776, 1048576] instead of',
    ],
    [
      'a tensor without a shape',
      changed('Conv2d_1a_3x3', { shape: null }),
      'KERAS_LAYOUT_MISMATCH',
      'Conv2d_1a_3x3/kernel has the shape none instead of [3, 3, 3, 32]',
    ],
    [
      'another type',
      changed('Mixed_6a_Branch_0_Conv2d_1a_3x3', { type: 'float (8 bytes)' }),
      'KERAS_LAYOUT_MISMATCH',
      'Mixed_6a_Branch_0_Conv2d_1a_3x3/kernel is of type float (8 bytes) instead of float32',
    ],
    [
      'values that are not read',
      changed('Conv2d_1a_3x3', { obstacle: 'lies in another file' }),
      'KERAS_FILE_INVALID',
      'Conv2d_1a_3x3/kernel lies in another file',
    ],
    [
      'a tensor of another name',
      changed('Conv2d_1a_3x3', { tensor: 'depthwise_kernel' }),
      'KERAS_LAYOUT_MISMATCH',
      'layer Conv2d_1a_3x3 has no tensor kernel, only depthwise_kernel',
    ],
    [
      'a batch norm with gamma',
      [
        ...declared(512),
        {
          layer: 'Conv2d_1a_3x3_BatchNorm',
          tensors: [
            ...declared(512)[1]!.tensors,
            { ...declared(512)[1]!.tensors[0]!, tensor: 'gamma' },
          ],
        },
      ],
      'KERAS_LAYOUT_MISMATCH',
      'the network has no tensor Conv2d_1a_3x3_BatchNorm/gamma',
    ],
    [
      'a layer more',
      [...declared(512), { layer: 'Logits', tensors: declared(512)[0]!.tensors }],
      'KERAS_LAYOUT_MISMATCH',
      'the network has no tensor Logits/kernel',
    ],
  ])('rejects %s, naming the first problem', (_, found, code, message) => {
    expect(() => matchLayout(found, candidates)).toThrow(
      expect.objectContaining({
        code,
        message: expect.stringContaining(message),
      }),
    );
  });

  it('names the first problem in the order of the layers', () => {
    const found = changed('Conv2d_2a_3x3', { shape: [1] }).filter(
      ({ layer }) => layer !== 'Block8_6_Conv2d_1x1',
    );
    expect(() => matchLayout(found, candidates)).toThrow('Conv2d_2a_3x3/kernel has the shape [1]');
  });
});
