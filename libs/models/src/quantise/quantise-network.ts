import { decodeGraph, type OnnxGraphModel, opsetOf } from '../onnx/onnx-graph.js';
import {
  type IntegerConvolution,
  integerConvolution,
  writeIntegerNetwork,
} from './integer-network.js';
import { GraphView, type IntegerPlan, planIntegers } from './integer-plan.js';
import {
  type NetworkInputs,
  type ObservedValue,
  observeValues,
  quantiseError,
} from './observe-values.js';
import { bestByteRange, byteRange, type ByteRange, ValueHistogram } from './value-histogram.js';

/** Minimum ONNX operator set: the first one with a scale per channel. */
const MIN_OPSET = 13;

export interface CalibrationInputs extends NetworkInputs {
  /** Minimum and maximum possible value of an input. */
  readonly inputRange: readonly [number, number];
}

/**
 * Quantises a float32 network with one input to 8-bit integers: weights to int8 per channel, values to
 * uint8 with ranges that were observed on the calibration inputs.
 * @param network bytes of an .onnx file
 * @returns bytes of an .onnx file in ONNX's form for quantised networks (QDQ)
 * @throws PipelineError QUANTISE_UNSUITABLE; INFERENCE_FAILED when the runtime cannot load the network
 */
export async function quantiseNetwork(
  network: Uint8Array,
  calibration: CalibrationInputs,
): Promise<Buffer> {
  const model = decodeSuitable(network);
  const view = new GraphView(model.graph);
  const plan = planIntegers(view);
  const [input, ...furtherInputs] = view.inputs;
  if (input === undefined || furtherInputs.length > 0)
    throw unsuitable('it must have exactly one input');
  if (plan.convolutions.size === 0) throw unsuitable('it has no convolution with constant weights');
  const values = plan.groups.flat().filter((value) => value !== input);
  const observed = await observeValues(network, input, values, calibration);
  const ranges = rangesOf(plan, input, observed, calibration.inputRange);
  return writeIntegerNetwork(network, {
    ranges,
    convolutions: convolutionsOf(plan, view, ranges, observed),
  });
}

function decodeSuitable(network: Uint8Array): OnnxGraphModel {
  let model: OnnxGraphModel;
  try {
    model = decodeGraph(network);
  } catch {
    throw unsuitable('it is not an .onnx file');
  }
  const opset = opsetOf(model);
  if (opset >= MIN_OPSET) return model;
  throw unsuitable(`it uses ONNX operator set ${opset}; export it with ${MIN_OPSET} or later`);
}

function unsuitable(problem: string) {
  return quantiseError('QUANTISE_UNSUITABLE', `the network cannot be quantised: ${problem}`);
}

function rangesOf(
  { groups }: IntegerPlan,
  input: string,
  observed: ReadonlyMap<string, ObservedValue>,
  inputRange: readonly [number, number],
): ReadonlyMap<string, ByteRange> {
  const ranges = new Map<string, ByteRange>();
  for (const group of groups) {
    const together = new ValueHistogram();
    for (const value of group) together.addAll(observed.get(value)!.histogram);
    // The range of the input is known and does not depend on the photographs.
    const range = group.includes(input) ? byteRange(...inputRange) : bestByteRange(together);
    for (const value of group) ranges.set(value, range);
  }
  return ranges;
}

function convolutionsOf(
  { convolutions }: IntegerPlan,
  view: GraphView,
  ranges: ReadonlyMap<string, ByteRange>,
  observed: ReadonlyMap<string, ObservedValue>,
): ReadonlyMap<string, IntegerConvolution> {
  return new Map(
    [...convolutions].map(({ input, output }) => {
      const [from = '', weights = '', bias = ''] = input;
      const integers = integerConvolution(
        { weights: view.constant(weights)!, bias: view.constant(bias) },
        ranges.get(from)!.scale,
        observed.get(from)!.channelMeans,
      );
      return [output[0]!, integers];
    }),
  );
}
