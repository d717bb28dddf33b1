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

/** Since this version of ONNX's operators each channel can have a scale of its own. */
const LEAST_OPSET = 13;

export interface CalibrationInputs extends NetworkInputs {
  /** Least and most that an input can hold. */
  readonly inputRange: readonly [number, number];
}

/**
 * Makes a float32 network of one input compute in 8-bit integers: weights int8 by channel, values uint8
 * with ranges from what was seen in them for the calibration inputs.
 * @param network an .onnx file
 * @returns another, in ONNX's form for quantised networks (QDQ)
 * @throws PipelineError QUANTISE_UNSUITABLE; INFERENCE_FAILED when the runtime refuses the network
 */
export async function quantiseNetwork(
  network: Uint8Array,
  calibration: CalibrationInputs,
): Promise<Buffer> {
  const model = decodeSuitable(network);
  const view = new GraphView(model.graph);
  const plan = planIntegers(view);
  const [input, ...furtherInputs] = view.inputs;
  if (input === undefined || furtherInputs.length > 0) throw unsuitable('it takes not one input');
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
    throw unsuitable('it is no .onnx file');
  }
  const opset = opsetOf(model);
  if (opset >= LEAST_OPSET) return model;
  throw unsuitable(`it is of ONNX operator set ${opset}: export it with ${LEAST_OPSET} or later`);
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
    // The input's range is known, whatever the photographs hold.
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
