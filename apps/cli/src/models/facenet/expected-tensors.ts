import { batchNormOf, type Network } from './network.js';

/** A tensor that a network's weights must hold. */
export interface ExpectedTensor {
  /** Keras layer. */
  readonly layer: string;
  /** Its name within the layer: `kernel`, `bias`, `beta`, `moving_mean` or `moving_variance`. */
  readonly tensor: string;
  readonly shape: readonly number[];
}

/** Every tensor of a network in Keras, layer by layer in the order they run. */
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
