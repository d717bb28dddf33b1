import { seededRandom } from '#models/accuracy/people-bootstrap.js';
import { type OnnxGraph, type OnnxNode } from '#models/onnx/encode-onnx.js';
import { randomTensor } from './generated-facenet.js';

/** A network that repeats one operation, to measure the best performance of a device. */
export interface Ceiling {
  readonly name: 'matmul' | 'conv' | 'memory';
  /** Ascending. A larger device needs a larger size. */
  readonly sizes: readonly number[];
  /**
   * A chain of `links` equal operations on numbers that are generated on the device. The input is [batch, …], the
   * output is one number or column per item.
   */
  chain(size: number, links: number): OnnxGraph;
  /** Number of items of the input. */
  batch(size: number): number;
  /** Work of one link: multiplications and additions; for `memory` numbers read and written. */
  work(size: number): number;
}

const INPUT = 'input';
const OUTPUT = 'output';
const SEED = 1;

/** Square matrices of `size`. */
const matmul: Ceiling = {
  name: 'matmul',
  sizes: [512, 1024, 2048, 4096, 8192],
  batch: (size) => size,
  work: (size) => 2 * size ** 3,
  chain: (size, links) => ({
    name: 'matmul',
    input: { name: INPUT, shape: [1] },
    output: { name: OUTPUT, shape: [1] },
    nodes: [
      { op: 'Mul', name: 'link0', inputs: [INPUT, 'matrix'] },
      ...chained(links, (name, before) => ({ op: 'MatMul', name, inputs: [before, 'matrix'] })),
      { op: 'MatMul', name: OUTPUT, inputs: [`link${links}`, 'column'] },
    ],
    tensors: [
      tensor('matrix', [size, size], 1 / Math.sqrt(size)),
      tensor('column', [size, 1], 1 / Math.sqrt(size)),
    ],
  }),
};

const CHANNELS = 256;
const SIDE = 32;

/** `size` pictures of 32 × 32 and 256 channels with 3 × 3 kernels: more work than a layer of FaceNet. */
const conv: Ceiling = {
  name: 'conv',
  sizes: [1, 4, 16, 64, 256],
  batch: (size) => size,
  work: (size) => 2 * 9 * CHANNELS ** 2 * SIDE ** 2 * size,
  chain: (_size, links) => ({
    name: 'conv',
    input: { name: INPUT, shape: [1, 1, 1] },
    output: { name: OUTPUT, shape: [CHANNELS, 1, 1] },
    nodes: [
      { op: 'Mul', name: 'link0', inputs: [INPUT, 'picture'] },
      ...chained(links, (name, before) => ({
        op: 'Conv',
        name,
        inputs: [before, 'kernel'],
        attributes: { kernel_shape: [3, 3], pads: [1, 1, 1, 1] },
      })),
      { op: 'GlobalAveragePool', name: OUTPUT, inputs: [`link${links}`] },
    ],
    tensors: [
      tensor('picture', [1, CHANNELS, SIDE, SIDE], 1),
      tensor('kernel', [CHANNELS, CHANNELS, 3, 3], 1 / Math.sqrt(9 * CHANNELS)),
    ],
  }),
};

const ROWS = 4096;

/** Adds a row of `size` to each of 4096 rows: reads and writes every number once. */
const memory: Ceiling = {
  name: 'memory',
  sizes: [1024, 4096, 16384],
  batch: () => ROWS,
  work: (size) => 2 * ROWS * size,
  chain: (size, links) => ({
    name: 'memory',
    input: { name: INPUT, shape: [1] },
    output: { name: OUTPUT, shape: [1] },
    nodes: [
      { op: 'Add', name: 'link0', inputs: [INPUT, 'row'] },
      ...chained(links, (name, before) => ({ op: 'Add', name, inputs: [before, 'row'] })),
      { op: 'MatMul', name: OUTPUT, inputs: [`link${links}`, 'column'] },
    ],
    tensors: [tensor('row', [1, size], 1e-3), tensor('column', [size, 1], 1 / Math.sqrt(size))],
  }),
};

export const CEILINGS: readonly Ceiling[] = [matmul, conv, memory];

function chained(links: number, node: (name: string, before: string) => OnnxNode): OnnxNode[] {
  return Array.from({ length: links }, (_, i) => node(`link${i + 1}`, `link${i}`));
}

function tensor(name: string, shape: readonly number[], deviation: number) {
  const length = shape.reduce((product, side) => product * side, 1);
  return { name, shape, values: randomTensor(length, deviation, seededRandom(SEED)) };
}
