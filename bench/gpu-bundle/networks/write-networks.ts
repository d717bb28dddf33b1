import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { encodeOnnxGraph, type OnnxGraph, type OnnxNode } from '#models/onnx/encode-onnx.js';
import { type NetworkFiles } from '../measuring/job.js';
import { type Precision } from '../options.js';
import { FACENET, facenetGraph, generatedPixels } from './generated-facenet.js';

/** Writes FaceNet with generated weights, twice at each precision: some 190 MB each. */
export async function writeNetworks<P extends Precision>(
  precisions: readonly P[],
  folder: string,
): Promise<Record<P, NetworkFiles>> {
  const facenet = facenetGraph();
  const resident = residentGraph(facenet, generatedPixels(FACENET, 1));
  const files: Partial<Record<P, NetworkFiles>> = {};
  for (const precision of precisions) {
    const write = async (name: string, graph: OnnxGraph) => {
      const file = path.join(folder, `${name}-${precision}.onnx`);
      await writeFile(file, encodeOnnxGraph(precision === 'fp16' ? float16Graph(graph) : graph));
      return file;
    };
    files[precision] = {
      facenet: await write('facenet', facenet),
      resident: await write('resident', resident),
    };
  }
  return files as Record<P, NetworkFiles>;
}

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
