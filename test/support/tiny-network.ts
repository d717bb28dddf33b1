import { encodeOnnxGraph, type OnnxNode, type OnnxTensor } from '#models/onnx/encode-onnx.js';
import { noise } from './keras-weights.js';

/** Builds small .onnx networks layer by layer, with random weights by default. */
export class TinyNetwork {
  private readonly nodes: OnnxNode[] = [];
  private readonly tensors: OnnxTensor[] = [];

  /** @param shape shape of one input */
  constructor(private readonly shape: readonly number[]) {}

  add(op: string, inputs: readonly string[], attributes: OnnxNode['attributes'] = {}): string {
    const name = `${op}_${this.nodes.length}`;
    this.nodes.push({ op, inputs, name, attributes });
    return name;
  }

  /** @param kernel output channels, input channels of a group, height, width */
  conv(
    input: string,
    kernel: readonly number[],
    attributes: OnnxNode['attributes'] = {},
    { weights, bias }: { weights?: readonly number[]; bias?: readonly number[] } = {},
  ): string {
    const [outputs, inputs, height, width] = kernel as [number, number, number, number];
    const fanIn = inputs * height * width;
    const next = noise(this.nodes.length + 1);
    const draw = (length: number) => Array.from({ length }, () => (next() * 2) / fanIn ** 0.5);
    return this.add(
      'Conv',
      [
        input,
        this.constant(kernel, weights ?? draw(outputs * fanIn)),
        this.constant([outputs], bias ?? draw(outputs)),
      ],
      attributes,
    );
  }

  private constant(shape: readonly number[], values: readonly number[]): string {
    const name = `constant_${this.tensors.length}`;
    this.tensors.push({ name, shape, values: Float32Array.from(values) });
    return name;
  }

  /** @param length length of the last layer's output for one input */
  build(length: number): Buffer {
    const nodes = [...this.nodes];
    const last = nodes.pop()!;
    return encodeOnnxGraph({
      name: 'tiny',
      input: { name: 'input', shape: this.shape },
      output: { name: 'embedding', shape: [length] },
      nodes: [...nodes, { ...last, name: 'embedding' }],
      tensors: this.tensors,
    });
  }
}
