/**
 * A neutral description of a convolutional network, as layers with names. The Keras importer checks files
 * against it, and the converters write it.
 */
/** A convolution with its batch norm and ReLU, or with a bias. */
export interface ConvLayer {
  readonly kind: 'conv';
  readonly name: string;
  readonly input: string;
  /** Shape of the kernel: height, width, input channels, output channels. */
  readonly shape: readonly [number, number, number, number];
  readonly stride: 1 | 2;
  readonly padding: 'same' | 'valid';
  /** true: followed by batch norm and ReLU, without bias. false: with bias, without batch norm and ReLU. */
  readonly normalised: boolean;
}

/** 3 × 3, stride 2, no padding. */
export interface PoolLayer {
  readonly kind: 'max-pool';
  readonly name: string;
  readonly input: string;
}

/** Concatenation along the channels. */
export interface ConcatLayer {
  readonly kind: 'concat';
  readonly name: string;
  readonly inputs: readonly string[];
}

/** input + scale · branch. */
export interface ResidualLayer {
  readonly kind: 'residual';
  readonly name: string;
  readonly input: string;
  readonly branch: string;
  readonly scale: number;
  readonly relu: boolean;
}

/** Mean over height and width. */
export interface MeanLayer {
  readonly kind: 'mean';
  readonly name: string;
  readonly input: string;
}

/** Dense layer without bias, followed by batch norm. */
export interface DenseLayer {
  readonly kind: 'dense';
  readonly name: string;
  readonly input: string;
  /** Shape of the kernel: inputs, outputs. */
  readonly shape: readonly [number, number];
}

export type Layer = ConvLayer | PoolLayer | ConcatLayer | ResidualLayer | MeanLayer | DenseLayer;

/** Name of the input of the first layer: [batch, height, width, channels]. */
export const INPUT = 'input';

/** Layers refer to the outputs of earlier layers by name. The output of the last one is the embedding. */
export interface Network {
  /** Height, width, channels. */
  readonly input: readonly [number, number, number];
  /** Numbers per embedding. */
  readonly dimension: number;
  /** In topological order. */
  readonly layers: readonly Layer[];
}

/** Name of the batch norm after a layer. */
export const batchNormOf = (layer: string): string => `${layer}_BatchNorm`;

/** Epsilon that is added to the variance in every batch norm. */
export const BATCH_NORM_EPSILON = 0.001;

/** Number of values of a tensor. */
export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, length) => product * length, 1);
}

/** Collects layers and tracks their channels. Each method returns the name of the output of its layer. */
export class NetworkBuilder {
  private readonly layers: Layer[] = [];
  private readonly channels = new Map<string, number>();

  constructor(private readonly input: Network['input']) {
    this.channels.set(INPUT, input[2]);
  }

  /** Takes height and width of the kernel from the end of the name: `…_1x7`. */
  conv(
    input: string,
    name: string,
    filters: number,
    options: Partial<Pick<ConvLayer, 'stride' | 'padding' | 'normalised'>> = {},
  ): string {
    const [height, width] = name.slice(name.lastIndexOf('_') + 1).split('x');
    const depth = this.channelsOf(input);
    return this.add(filters, {
      kind: 'conv',
      name,
      input,
      shape: [Number(height), Number(width), depth, filters],
      stride: options.stride ?? 1,
      padding: options.padding ?? (options.stride === 2 ? 'valid' : 'same'),
      normalised: options.normalised ?? true,
    });
  }

  maxPool(input: string, name: string): string {
    return this.add(this.channelsOf(input), { kind: 'max-pool', name, input });
  }

  concat(inputs: readonly string[], name: string): string {
    const total = inputs.reduce((sum, input) => sum + this.channelsOf(input), 0);
    return this.add(total, { kind: 'concat', name, inputs });
  }

  residual(
    input: string,
    branch: string,
    name: string,
    options: { readonly scale: number; readonly relu: boolean },
  ): string {
    return this.add(this.channelsOf(input), { kind: 'residual', name, input, branch, ...options });
  }

  mean(input: string, name: string): string {
    return this.add(this.channelsOf(input), { kind: 'mean', name, input });
  }

  dense(input: string, name: string, units: number): string {
    return this.add(units, { kind: 'dense', name, input, shape: [this.channelsOf(input), units] });
  }

  channelsOf(name: string): number {
    const channels = this.channels.get(name);
    if (channels === undefined) throw new Error(`there is no layer ${name} yet`);
    return channels;
  }

  build(): Network {
    const dimension = this.channelsOf(this.layers.at(-1)!.name);
    return { input: this.input, dimension, layers: this.layers };
  }

  private add(channels: number, layer: Layer): string {
    this.layers.push(layer);
    this.channels.set(layer.name, channels);
    return layer.name;
  }
}
