import { describe, expect, it } from '@jest/globals';
import { generatedWeights } from '../../../../test/support/keras-weights.js';
import { tinyFacenet } from '../../../../test/support/tiny-facenet.js';
import { decodeOnnx, encodeOnnx } from '../onnx/rewrite-onnx.js';
import { foldNetwork, type FoldedConv } from './fold-network.js';
import { writeOnnx } from './write-onnx.js';

describe('writeOnnx', () => {
  const network = tinyFacenet(6);
  const folded = foldNetwork(network, generatedWeights(network));
  const onnx = writeOnnx(folded);
  const { graph } = decodeOnnx(onnx);

  it('has a free batch axis', () => {
    const dims = [...graph.input, ...graph.output].map(({ type }) => type.tensor_type.shape.dim);
    expect(dims.map(([first]) => first)).toMatchObject([
      { dim_param: 'batch' },
      { dim_param: 'batch' },
    ]);
  });

  it('has one operator per layer, its ReLUs, and no batch norms', () => {
    const operators = [...new Set(graph.node.map(({ op_type }) => op_type))].sort();
    expect(operators).toEqual([
      'Add',
      'Concat',
      'Conv',
      'Flatten',
      'Gemm',
      'GlobalAveragePool',
      'MaxPool',
      'Relu',
      'Transpose',
    ]);
    expect(graph.node.filter(({ op_type }) => op_type === 'Transpose')).toHaveLength(1);
  });

  it('transposes kernels to outputs, inputs, height, width', () => {
    const { name, kernel, shape } = folded.layers[0] as FoldedConv;
    const [height, width, inputs, outputs] = shape;
    const bytes = Buffer.from(graph.initializer.find((t) => t.name === `${name}/kernel`)!.raw_data);
    const at = (o: number, i: number, y: number, x: number) =>
      bytes.readFloatLE((((o * inputs + i) * height + y) * width + x) * 4);
    expect(at(3, 1, 2, 0)).toBe(kernel[((2 * width + 0) * inputs + 1) * outputs + 3]);
  });

  it('gives the same bytes for the same network', () => {
    expect(writeOnnx(foldNetwork(network, generatedWeights(network))).equals(onnx)).toBe(true);
  });

  it('is not changed by the rewriting of other networks', () => {
    expect(decodeOnnx(encodeOnnx(decodeOnnx(onnx)))).toEqual(decodeOnnx(onnx));
  });
});
