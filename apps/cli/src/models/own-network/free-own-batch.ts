import { freeBatch } from '../onnx/dynamic-batch.js';
import { type NetworkEnds } from './check-network.js';
import { type OnnxGraph } from './onnx-file.js';

/**
 * Makes a network that was exported for one picture at a time take any number. What is left of its
 * batch of one inside, and no rewriting finds, shows when it is run.
 */
export function freeOwnBatch(graph: OnnxGraph, { input, output }: NetworkEnds): void {
  freeBatch([input, output].filter(hasShape), reshapeLengths(graph));
  // They say 1 for the batch, too.
  graph.value_info = [];
}

/** Lengths that the network reshapes its faces to: weights, or constants of older PyTorch exports. */
function reshapeLengths({ node, initializer }: OnnxGraph) {
  const weights = new Set(initializer.map(({ name }) => name));
  const constants = node.filter(({ op_type }) => op_type === 'Constant');
  for (const { output } of constants) weights.add(output[0]!);
  const names = new Set(
    node
      // What is reshaped may be a weight, too: that has no batch.
      .filter(({ op_type, input }) => op_type === 'Reshape' && !weights.has(input[0]!))
      .map(({ input }) => input[1]!),
  );
  const tensors = [
    ...initializer.filter(({ name }) => names.has(name)),
    ...constants
      .filter(({ output }) => names.has(output[0]!))
      .flatMap(({ attribute }) => attribute.flatMap(({ t }) => t ?? [])),
  ];
  for (const tensor of tensors) {
    if (tensor.int64_data.length === 0) continue;
    tensor.raw_data = rawLengths(tensor.int64_data);
    tensor.int64_data = [];
  }
  return tensors.filter(({ raw_data }) => raw_data.length > 0);
}

function rawLengths(lengths: readonly unknown[]): Buffer {
  const raw = Buffer.alloc(lengths.length * 8);
  for (const [index, length] of lengths.entries()) {
    raw.writeBigInt64LE(BigInt(String(length)), index * 8);
  }
  return raw;
}

type Shaped = Parameters<typeof freeBatch>[0][number];

function hasShape(value: NetworkEnds['input']): value is NetworkEnds['input'] & Shaped {
  return (value.type?.tensor_type?.shape?.dim.length ?? 0) > 0;
}
