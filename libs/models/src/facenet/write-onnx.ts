/** Writes a folded network as an .onnx file. */
import {
  encodeOnnxGraph,
  type OnnxGraph,
  type OnnxNode,
  type OnnxTensor,
} from '../onnx/encode-onnx.js';
import { type FoldedConv, type FoldedLayer, type FoldedNetwork } from './fold-network.js';
import { INPUT } from './network.js';

/** Name of the output in both artifacts. */
export const OUTPUT = 'embedding';

/**
 * Encodes a network with the input `input` [batch, height, width, channels], in TensorFlow's layout so that
 * one manifest describes both artifacts, and the output `embedding` [batch, dimension]. The output is not
 * normalised: callers normalise embeddings, and quantisation works on this file.
 */
export function writeOnnx(network: FoldedNetwork): Buffer {
  return encodeOnnxGraph(onnxGraph(network));
}

/** The graph that `writeOnnx` encodes. */
export function onnxGraph(network: FoldedNetwork): OnnxGraph {
  const named = (name: string) => (name === INPUT ? 'input_nchw' : name);
  return {
    name: 'facenet',
    input: { name: INPUT, shape: network.input },
    output: { name: OUTPUT, shape: [network.dimension] },
    nodes: [
      {
        op: 'Transpose',
        name: 'input_nchw',
        inputs: [INPUT],
        attributes: { perm: [0, 3, 1, 2] },
      },
      ...network.layers.flatMap((layer) => nodesOf(layer, named)),
    ],
    tensors: network.layers.flatMap(tensorsOf),
  };
}

function nodesOf(layer: FoldedLayer, named: (name: string) => string): OnnxNode[] {
  const { name } = layer;
  switch (layer.kind) {
    case 'conv': {
      const inputs = [named(layer.input), `${name}/kernel`, `${name}/bias`];
      const attributes = convAttributes(layer);
      return withRelu({ op: 'Conv', name, inputs, attributes }, layer.relu);
    }
    case 'sum':
      return withRelu({ op: 'Add', name, inputs: layer.inputs.map(named) }, layer.relu);
    case 'max-pool': {
      const attributes = { kernel_shape: [3, 3], strides: [2, 2] };
      return [{ op: 'MaxPool', name, inputs: [named(layer.input)], attributes }];
    }
    case 'concat':
      return [{ op: 'Concat', name, inputs: layer.inputs.map(named), attributes: { axis: 1 } }];
    case 'mean':
      return [
        { op: 'GlobalAveragePool', name: `${name}/mean`, inputs: [named(layer.input)] },
        { op: 'Flatten', name, inputs: [`${name}/mean`] },
      ];
    case 'dense': {
      const inputs = [named(layer.input), `${name}/kernel`, `${name}/bias`];
      return [{ op: 'Gemm', name: OUTPUT, inputs }];
    }
  }
}

/** The value after the ReLU has the name of the layer. */
function withRelu(node: OnnxNode, relu: boolean): OnnxNode[] {
  if (!relu) return [node];
  const inner = `${node.name}/linear`;
  return [
    { ...node, name: inner },
    { op: 'Relu', name: node.name, inputs: [inner] },
  ];
}

function convAttributes({ shape, stride, padding }: FoldedConv) {
  const [height, width] = shape;
  // "same" convolutions have odd kernels and stride 1, so the padding is equal on both sides.
  const pads = padding === 'same' ? [(height - 1) / 2, (width - 1) / 2] : [0, 0];
  return { kernel_shape: [height, width], strides: [stride, stride], pads: [...pads, ...pads] };
}

function tensorsOf(layer: FoldedLayer): OnnxTensor[] {
  if (layer.kind !== 'conv' && layer.kind !== 'dense') return [];
  const { name, bias } = layer;
  const kernel =
    layer.kind === 'conv'
      ? { shape: outputsFirst(layer.shape), values: transposeKernel(layer.kernel, layer.shape) }
      : { shape: layer.shape, values: layer.kernel };
  return [
    { name: `${name}/kernel`, ...kernel },
    { name: `${name}/bias`, shape: [bias.length], values: bias },
  ];
}

function outputsFirst([height, width, inputs, outputs]: FoldedConv['shape']): number[] {
  return [outputs, inputs, height, width];
}

/** Transposes height, width, in, out to out, in, height, width. */
function transposeKernel(kernel: Float32Array, shape: FoldedConv['shape']): Float32Array {
  const [height, width, inputs, outputs] = shape;
  const area = height * width;
  const result = new Float32Array(kernel.length);
  let from = 0;
  for (let place = 0; place < area; place++) {
    for (let input = 0; input < inputs; input++) {
      for (let output = 0; output < outputs; output++) {
        result[(output * inputs + input) * area + place] = kernel[from++]!;
      }
    }
  }
  return result;
}
