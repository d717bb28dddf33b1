/** A convolution and what belongs to it. */
export interface ConvLayer {
  readonly kind: 'conv';
  readonly name: string;
  readonly input: string;
  /** Of the kernel: height, width, input channels, output channels. */
  readonly shape: readonly [number, number, number, number];
  readonly stride: 1 | 2;
  readonly padding: 'same' | 'valid';
  /** Batch norm and ReLU follow; otherwise there is a bias, and neither. */
  readonly normalised: boolean;
}

/** 3x3, stride 2, no padding. */
export interface PoolLayer {
  readonly kind: 'max-pool';
  readonly name: string;
  readonly input: string;
}

/** Along the channels. */
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

/** Over height and width. */
export interface MeanLayer {
  readonly kind: 'mean';
  readonly name: string;
  readonly input: string;
}

/** Without bias; batch norm follows. */
export interface DenseLayer {
  readonly kind: 'dense';
  readonly name: string;
  readonly input: string;
  /** Of the kernel: inputs, outputs. */
  readonly shape: readonly [number, number];
}

export type Layer = ConvLayer | PoolLayer | ConcatLayer | ResidualLayer | MeanLayer | DenseLayer;

/** Name of what goes into the first layer: [batch, height, width, channels]. */
export const INPUT = 'input';

/** Each layer takes the outputs of earlier ones by their names; the last one's is the embedding. */
export interface Network {
  /** Height, width, channels. */
  readonly input: readonly [number, number, number];
  /** Of the embedding. */
  readonly dimension: number;
  /** In the order they run. */
  readonly layers: readonly Layer[];
}

/** Name of the batch norm behind a layer. */
export const batchNormOf = (layer: string): string => `${layer}_BatchNorm`;

/** Added to the variance in every batch norm. */
export const BATCH_NORM_EPSILON = 0.001;

/** Numbers in a tensor. */
export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, length) => product * length, 1);
}
