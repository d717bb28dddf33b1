import { batchNormOf, BATCH_NORM_EPSILON, type ConvLayer, type Network } from './network.js';

/** A layer as Keras describes it in JSON. */
export interface ArchitectureLayer {
  readonly name: string;
  readonly className: string;
  /** What its `config` must say where it says something. */
  readonly settings: Readonly<Record<string, unknown>>;
}

/** A network as layers of Keras: ReLUs are layers of their own there, named after what they follow. */
export function architectureOf({ layers }: Network): ArchitectureLayer[] {
  return layers.flatMap((layer): ArchitectureLayer[] => {
    const { name } = layer;
    switch (layer.kind) {
      case 'conv':
        return layer.normalised ? [conv(layer), batchNorm(name), relu(name)] : [conv(layer)];
      case 'max-pool': {
        const settings = { pool_size: [3, 3], strides: [2, 2], padding: 'valid' };
        return [{ name, className: 'MaxPooling2D', settings }];
      }
      case 'concat':
        return [{ name, className: 'Concatenate', settings: {} }];
      case 'residual':
        return layer.relu ? [relu(name)] : [];
      case 'mean':
        return [{ name, className: 'GlobalAveragePooling2D', settings: {} }];
      case 'dense': {
        const settings = { units: layer.shape[1], use_bias: false, activation: 'linear' };
        return [{ name, className: 'Dense', settings }, batchNorm(name)];
      }
    }
  });
}

function conv({ name, shape, stride, padding, normalised }: ConvLayer): ArchitectureLayer {
  const [height, width, , filters] = shape;
  return {
    ...{ name, className: 'Conv2D' },
    settings: {
      ...{ filters, kernel_size: [height, width], strides: [stride, stride], padding },
      ...{ use_bias: !normalised, activation: 'linear', data_format: 'channels_last' },
      ...{ dilation_rate: [1, 1], groups: 1 },
    },
  };
}

function batchNorm(layer: string): ArchitectureLayer {
  const settings = { epsilon: BATCH_NORM_EPSILON, center: true, scale: false };
  return { name: batchNormOf(layer), className: 'BatchNormalization', settings };
}

function relu(layer: string): ArchitectureLayer {
  const settings = { activation: 'relu' };
  return { name: `${layer}_Activation`, className: 'Activation', settings };
}
