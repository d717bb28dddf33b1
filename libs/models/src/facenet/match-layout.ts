/** Matches the tensors of a Keras file with those of the network. */
import { kerasError, type FoundLayer, type FoundTensor } from './keras-weights.js';
import { batchNormOf, type Network } from './network.js';

/** A tensor that the weights of a network must contain. */
export interface ExpectedTensor {
  /** Name of the Keras layer. */
  readonly layer: string;
  /** Name within the layer: `kernel`, `bias`, `beta`, `moving_mean` or `moving_variance`. */
  readonly tensor: string;
  readonly shape: readonly number[];
}

/** A tensor of the network and the path of its values in the file. */
export interface TensorPlace extends ExpectedTensor {
  readonly path: string;
}

/**
 * Finds the tensors of a network in a Keras file by layer, name, type and shape.
 * @param candidates possible networks, which differ only in the last layer
 * @throws PipelineError KERAS_LAYOUT_MISMATCH or KERAS_FILE_INVALID with the first problem, in the order of
 *   the layers; tensors that the network does not have come last
 */
export function matchLayout(
  found: readonly FoundLayer[],
  candidates: readonly Network[],
): { readonly network: Network; readonly places: readonly TensorPlace[] } {
  const layers = new Map(found.map((layer) => [layer.layer, layer]));
  const all = candidates.map((network) => ({ network, expected: expectedTensors(network) }));
  const fitting = all.filter(({ expected }) => matchesHead(expected, layers));
  const possible = fitting.length > 0 ? fitting : all;
  const { network, expected } = possible.at(-1)!;
  const places = expected.map((tensor) => {
    const shapes = possible.map((other) => shapeIn(other.expected, tensor));
    return { ...tensor, path: placeOf(tensor, layers, found, shapes) };
  });
  refuseSurplus(found, expected);
  return { network, places };
}

/** All tensors of a network in Keras, layer by layer. */
export function expectedTensors({ layers }: Network): ExpectedTensor[] {
  return layers.flatMap((layer) => {
    switch (layer.kind) {
      case 'conv':
      case 'dense': {
        const { name, shape } = layer;
        const outputs = [shape[shape.length - 1]!];
        const kernel = { layer: name, tensor: 'kernel', shape };
        if (layer.kind === 'conv' && !layer.normalised) {
          return [kernel, { layer: name, tensor: 'bias', shape: outputs }];
        }
        const norm = ['beta', 'moving_mean', 'moving_variance'];
        return [
          kernel,
          ...norm.map((tensor) => ({ layer: batchNormOf(name), tensor, shape: outputs })),
        ];
      }
      default:
        return [];
    }
  });
}

function matchesHead(
  expected: readonly ExpectedTensor[],
  layers: ReadonlyMap<string, FoundLayer>,
): boolean {
  const head = expected.findLast(({ tensor }) => tensor === 'kernel')!;
  const tensor = layers.get(head.layer)?.tensors.find((one) => one.tensor === 'kernel');
  return describe(tensor?.shape) === describe(head.shape);
}

function shapeIn(expected: readonly ExpectedTensor[], { layer, tensor }: ExpectedTensor): string {
  return describe(expected.find((one) => one.layer === layer && one.tensor === tensor)?.shape);
}

/** @param shapes possible shapes, one per candidate */
function placeOf(
  { layer, tensor, shape }: ExpectedTensor,
  layers: ReadonlyMap<string, FoundLayer>,
  all: readonly FoundLayer[],
  shapes: readonly string[],
): string {
  const entry = layers.get(layer);
  if (!entry) {
    const first = all.slice(0, 3).map((one) => one.layer);
    const instead = first.length > 0 ? `; its first layers are ${first.join(', ')}` : '';
    throw mismatch(`it has no layer ${layer} with weights${instead}`, { layer });
  }
  const found = entry.tensors.find((one) => one.tensor === tensor);
  if (!found) {
    const names = entry.tensors.map((one) => one.tensor).join(', ');
    throw mismatch(`layer ${layer} has no tensor ${tensor}, only ${names}`, { layer, tensor });
  }
  const expected = [...new Set(shapes)].join(' or ');
  if (describe(found.shape) !== describe(shape)) {
    const details = { layer, tensor, expected, found: describe(found.shape) };
    throw mismatch(
      `${layer}/${tensor} has the shape ${describe(found.shape)} instead of ${expected}`,
      details,
    );
  }
  refuseUnreadable(layer, found);
  return found.path;
}

function refuseUnreadable(layer: string, { tensor, type, obstacle }: FoundTensor): void {
  if (type !== 'float32') {
    throw mismatch(`${layer}/${tensor} is of type ${type} instead of float32`, { layer, tensor });
  }
  if (obstacle !== null) {
    throw kerasError('KERAS_FILE_INVALID', `${layer}/${tensor} ${obstacle}`, { layer, tensor });
  }
}

function refuseSurplus(found: readonly FoundLayer[], expected: readonly ExpectedTensor[]): void {
  const known = new Set(expected.map(({ layer, tensor }) => `${layer}/${tensor}`));
  for (const { layer, tensors } of found) {
    for (const { tensor } of tensors) {
      if (known.has(`${layer}/${tensor}`)) continue;
      throw mismatch(`the network has no tensor ${layer}/${tensor}`, { layer, tensor });
    }
  }
}

function describe(shape: readonly number[] | null | undefined): string {
  return shape ? `[${shape.join(', ')}]` : 'none';
}

function mismatch(message: string, details: Readonly<Record<string, unknown>>) {
  return kerasError('KERAS_LAYOUT_MISMATCH', `this is not FaceNet: ${message}`, details);
}
