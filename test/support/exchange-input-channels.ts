import { decodeModel, encodeModel } from '#models/onnx/onnx-schema.js';

/** Bytes of a float32. */
const FLOAT_BYTES = 4;

interface Network {
  readonly graph: {
    readonly node: readonly { readonly op_type: string; readonly input: readonly string[] }[];
    readonly initializer: readonly {
      readonly name: string;
      readonly dims: readonly unknown[];
      raw_data: Uint8Array;
    }[];
  };
}

/** The same network for pictures with red and blue exchanged: its first convolution reads them so. */
export function exchangeInputChannels(onnx: Uint8Array): Buffer {
  const network = decodeModel(onnx) as unknown as Network;
  const { node, initializer } = network.graph;
  const first = node.find(({ op_type }) => op_type === 'Conv')!;
  const weights = initializer.find(({ name }) => name === first.input[1])!;
  const [outputs = 0, inputs = 0, height = 0, width = 0] = weights.dims.map(Number);
  if (inputs !== 3) throw new Error(`the first convolution reads ${inputs} channels`);
  const plane = height * width * FLOAT_BYTES;
  const bytes = Buffer.from(weights.raw_data);
  for (let output = 0; output < outputs; output++) {
    const at = output * 3 * plane;
    const red = Buffer.from(bytes.subarray(at, at + plane));
    bytes.copyWithin(at, at + 2 * plane, at + 3 * plane);
    red.copy(bytes, at + 2 * plane);
  }
  weights.raw_data = Uint8Array.from(bytes);
  return encodeModel(network);
}
