import { INPUT, type Layer, type Network, sizeOf } from '#models/facenet/network.js';

type Shape = readonly [height: number, width: number, channels: number];

export interface NetworkCost {
  /** Multiplications and additions of convolutions and dense layers for one item. */
  readonly flop: number;
  /** Numbers that one item moves at least: each layer reads its inputs and writes its output once. */
  readonly moved: number;
  /** Kernels and biases once batch norm is folded, moved once per batch. */
  readonly weights: number;
}

/** What a network costs by its shapes alone, whatever runs it. */
export function networkCost({ input, layers }: Network): NetworkCost {
  const shapes = new Map<string, Shape>([[INPUT, input]]);
  let flop = 0;
  let moved = 0;
  let weights = 0;
  for (const layer of layers) {
    const inputs = inputsOf(layer).map((name) => shapes.get(name)!);
    const output = outputOf(layer, inputs);
    shapes.set(layer.name, output);
    moved += [...inputs, output].reduce((sum, shape) => sum + sizeOf(shape), 0);
    if (layer.kind !== 'conv' && layer.kind !== 'dense') continue;
    const kernel = sizeOf(layer.shape);
    flop += 2 * kernel * output[0] * output[1];
    weights += kernel + output[2];
  }
  return { flop, moved, weights };
}

function inputsOf(layer: Layer): readonly string[] {
  switch (layer.kind) {
    case 'concat':
      return layer.inputs;
    case 'residual':
      return [layer.input, layer.branch];
    default:
      return [layer.input];
  }
}

function outputOf(layer: Layer, inputs: readonly Shape[]): Shape {
  const [height, width, channels] = inputs[0]!;
  switch (layer.kind) {
    case 'conv': {
      const [rows, columns, , filters] = layer.shape;
      if (layer.padding === 'same') return [height, width, filters];
      return [steps(height, rows, layer.stride), steps(width, columns, layer.stride), filters];
    }
    case 'max-pool':
      return [steps(height, 3, 2), steps(width, 3, 2), channels];
    case 'concat':
      return [height, width, inputs.reduce((sum, shape) => sum + shape[2], 0)];
    case 'residual':
      return inputs[0]!;
    case 'mean':
      return [1, 1, channels];
    case 'dense':
      return [1, 1, layer.shape[1]];
  }
}

/** Places of a window of `size` without padding. */
function steps(length: number, size: number, stride: number): number {
  return Math.floor((length - size) / stride) + 1;
}
