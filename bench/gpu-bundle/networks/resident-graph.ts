import { type OnnxGraph } from '#models/onnx/encode-onnx.js';

const PIXELS = 'pixels';

/**
 * The same network on pixels that are there already: its input is one number per colour and item,
 * [batch, 1, 1, 3], which it adds to a constant picture. What is left when pixels need not be copied to
 * the device.
 * @param picture one item of the original input
 */
export function residentGraph(graph: OnnxGraph, picture: Float32Array): OnnxGraph {
  const { input } = graph;
  const [, , channels] = input.shape;
  const nodes = graph.nodes.map((node) => ({
    ...node,
    inputs: node.inputs.map((name) => (name === input.name ? PIXELS : name)),
  }));
  return {
    ...graph,
    input: { name: input.name, shape: [1, 1, channels!] },
    nodes: [{ op: 'Add', name: PIXELS, inputs: [input.name, `${PIXELS}/constant`] }, ...nodes],
    tensors: [
      ...graph.tensors,
      { name: `${PIXELS}/constant`, shape: [1, ...input.shape], values: picture },
    ],
  };
}
