/** Runs a network on calibration inputs and collects the distribution of values inside it. */
import { PipelineError } from '#shared/contracts/pipeline-error.js';
import { type FloatTensor, OnnxTensors } from '#vision/inference/onnx-tensors.js';
import { decodeGraph, encodeGraph } from '../onnx/onnx-graph.js';
import { DATA_TYPE } from '../onnx/onnx-schema.js';
import { ValueHistogram } from './value-histogram.js';

type QuantiseErrorCode = 'QUANTISE_UNSUITABLE' | 'QUANTISE_TOO_FEW_FACES' | 'QUANTISE_TOO_COARSE';

export function quantiseError(code: QuantiseErrorCode, message: string): PipelineError {
  return new PipelineError(code, message, { stage: 'models', class: 'quarantine' });
}

/** Inputs of a network, all with the same shape. */
export interface NetworkInputs {
  /** Shape of one input, without the batch axis. */
  readonly shape: readonly number[];
  readonly items: readonly Float32Array[];
}

/** Concatenates items into a batch. */
export function batchOf(items: readonly Float32Array[], shape: readonly number[]): FloatTensor {
  const length = shape.reduce((product, side) => product * side, 1);
  const data = new Float32Array(items.length * length);
  for (const [index, item] of items.entries()) data.set(item, index * length);
  return { data, dims: [items.length, ...shape] };
}

/** Distribution of one value (an activation) of a network over the calibration inputs. */
export interface ObservedValue {
  readonly histogram: ValueHistogram;
  /** Mean per channel (second axis of four); empty for values with other shapes. */
  readonly channelMeans: Float64Array;
}

/** Batch size. The values of FaceNet for one face need 17 MB. */
const BATCH = 4;

/**
 * Runs a float32 network and observes its input and the named values inside it.
 * @throws PipelineError INFERENCE_FAILED when the runtime cannot load the network
 */
export async function observeValues(
  network: Uint8Array,
  input: string,
  names: readonly string[],
  { shape, items }: NetworkInputs,
): Promise<ReadonlyMap<string, ObservedValue>> {
  const observers = new Map([input, ...names].map((name) => [name, new ValueObserver()]));
  const tensors = await OnnxTensors.open(withOutputs(network, names));
  try {
    for (let from = 0; from < items.length; from += BATCH) {
      const batch = batchOf(items.slice(from, from + BATCH), shape);
      observers.get(input)!.add(batch);
      const outputs = await tensors.run(batch);
      for (const name of names) observers.get(name)!.add(outputs.get(name)!);
    }
  } finally {
    await tensors.close();
  }
  return observers;
}

function withOutputs(network: Uint8Array, names: readonly string[]): Buffer {
  const model = decodeGraph(network);
  const type = { tensor_type: { elem_type: DATA_TYPE.float } };
  model.graph.output = names.map((name) => ({ name, type }));
  return encodeGraph(model);
}

class ValueObserver implements ObservedValue {
  readonly histogram = new ValueHistogram();
  private sums = new Float64Array();
  private perChannel = 0;

  get channelMeans(): Float64Array {
    return this.sums.map((sum) => sum / this.perChannel);
  }

  add({ data, dims }: FloatTensor): void {
    this.histogram.add(data);
    const [batch, channels, height, width] = dims;
    if (dims.length !== 4) return;
    if (this.sums.length === 0) this.sums = new Float64Array(channels!);
    const area = height! * width!;
    for (let at = 0, plane = 0; at < data.length; plane++) {
      let sum = 0;
      for (const end = at + area; at < end; at++) sum += data[at]!;
      this.sums[plane % channels!]! += sum;
    }
    this.perChannel += batch! * area;
  }
}
