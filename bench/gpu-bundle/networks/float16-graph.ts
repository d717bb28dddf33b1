import { type OnnxGraph, type OnnxNode } from '#models/onnx/encode-onnx.js';

/** TensorProto.DataType. */
const FLOAT = 1;
const FLOAT16 = 10;

/**
 * The same network in half precision: input and output stay float32 and are cast at the border.
 * Weights are cast too; ONNX Runtime does that once, when it loads the network.
 */
export function float16Graph(graph: OnnxGraph): OnnxGraph {
  const { input, output } = graph;
  const half = (name: string) => `${name}/half`;
  const constants = new Set(graph.tensors.map(({ name }) => name));
  const renamed = (name: string) =>
    name === input.name || name === output.name || constants.has(name) ? half(name) : name;
  const toHalf = (name: string): OnnxNode => cast(name, half(name), FLOAT16);
  return {
    ...graph,
    nodes: [
      toHalf(input.name),
      ...graph.tensors.map(({ name }) => toHalf(name)),
      ...graph.nodes.map((node) => ({
        ...node,
        name: renamed(node.name),
        inputs: node.inputs.map(renamed),
      })),
      cast(half(output.name), output.name, FLOAT),
    ],
  };
}

function cast(from: string, to: string, type: number): OnnxNode {
  return { op: 'Cast', name: to, inputs: [from], attributes: { to: type } };
}
