import { decodeOnnx, encodeOnnx } from './onnx-model.js';

/** ONNX TensorProto.DataType FLOAT. */
const FLOAT = 1;

/**
 * Weights this close to zero change no embedding (measured: bit-identical), but their products are
 * denormal numbers, which x86 computes in microcode: fr_feature ran 8 times slower with them.
 */
export const TINY = 1e-15;

/** Sets the weights that are as good as zero to zero. */
export function flushTinyWeights(onnx: Uint8Array): Buffer {
  const model = decodeOnnx(onnx);
  for (const tensor of model.graph.initializer) {
    if (tensor.data_type !== FLOAT) continue;
    const bytes = Buffer.from(tensor.raw_data);
    for (let offset = 0; offset < bytes.length; offset += 4) {
      const weight = bytes.readFloatLE(offset);
      if (weight !== 0 && Math.abs(weight) < TINY) bytes.writeFloatLE(0, offset);
    }
    tensor.raw_data = bytes;
  }
  return encodeOnnx(model);
}
