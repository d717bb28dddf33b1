import { inputShape } from '#vision/inference/network-input.js';
import { type NetworkInput } from '../packs/manifest.js';
import {
  type OnnxGraph,
  type OnnxValueInfo,
  ownNetworkError,
  describeShape,
  valueShape,
  type ValueShape,
} from './network-file.js';

/** The ends of a network that takes a batch of pictures and gives a vector for each. */
export interface NetworkEnds {
  readonly input: OnnxValueInfo;
  readonly output: OnnxValueInfo;
  /** It takes one picture at a time. */
  readonly isBatchFixed: boolean;
}

/**
 * Finds a network's input and output and checks them against what the user says of it.
 * @param outputName which output is the embedding; the only one when there is one
 * @throws PipelineError ONNX_EXTERNAL_DATA, ONNX_INPUT_UNSUITABLE, ONNX_OUTPUT_UNSUITABLE or
 * ONNX_BATCH_FIXED for the first thing that does not fit
 */
export function checkNetwork(
  graph: OnnxGraph,
  stated: NetworkInput,
  outputName: string | undefined,
): NetworkEnds {
  checkWeights(graph);
  const input = onlyInput(graph);
  const inputShape = checkInput(valueShape(input), stated);
  const output = findOutput(graph, outputName);
  const outputShape = checkOutput(valueShape(output));
  const isBatchFixed = [inputShape[0], outputShape?.[0]].some((batch) => typeof batch === 'number');
  return { input, output, isBatchFixed };
}

function checkWeights({ initializer }: OnnxGraph): void {
  const outside = initializer.find(({ external_data }) => external_data.length > 0);
  if (!outside) return;
  const file = outside.external_data.find(({ key }) => key === 'location')?.value ?? '?';
  throw ownNetworkError(
    'ONNX_EXTERNAL_DATA',
    `its weights lie in other files, the first (${outside.name}) in ${file}; save it as one file: onnx.save_model(onnx.load(FILE), 'one.onnx', save_as_external_data=False)`,
  );
}

/** Older files list weights among the inputs. */
function onlyInput({ input, initializer }: OnnxGraph): OnnxValueInfo {
  const weights = new Set(initializer.map(({ name }) => name));
  const [first, ...others] = input.filter(({ name }) => !weights.has(name));
  if (first && others.length === 0) return first;
  const names = first ? [first, ...others].map(({ name }) => name).join(', ') : 'none';
  throw ownNetworkError(
    'ONNX_INPUT_UNSUITABLE',
    `it takes ${first ? others.length + 1 : 0} inputs (${names}); a face-embedding network takes one, the picture`,
  );
}

function checkInput({ name, type, shape }: ValueShape, stated: NetworkInput) {
  const unsuitable = (problem: string) =>
    ownNetworkError('ONNX_INPUT_UNSUITABLE', `its input ${name} ${problem}`);
  if (type !== 'float32') throw unsuitable(`takes ${type}, not float32; export it in float32`);
  const wanted = statedShape(stated);
  if (shape === null) return wanted;
  if (!fits(shape, wanted)) {
    throw unsuitable(`is ${describeShape(shape)}; ${hint(shape, stated)}`);
  }
  checkBatch(shape[0]!, name);
  return shape;
}

function findOutput({ output }: OnnxGraph, wanted: string | undefined): OnnxValueInfo {
  const found = wanted === undefined ? output : output.filter(({ name }) => name === wanted);
  const [first, ...others] = found;
  if (first && others.length === 0) return first;
  const names = output.map(({ name }) => name).join(', ');
  throw ownNetworkError(
    'ONNX_OUTPUT_UNSUITABLE',
    wanted === undefined
      ? `it has ${output.length} outputs; say which one is the embedding with --output, one of: ${names}`
      : `it has no output ${wanted}; there are: ${names}`,
  );
}

function checkOutput({ name, type, shape }: ValueShape) {
  const unsuitable = (problem: string) =>
    ownNetworkError('ONNX_OUTPUT_UNSUITABLE', `its output ${name} ${problem}`);
  if (type !== 'float32') throw unsuitable(`gives ${type}, not float32; export it in float32`);
  if (shape === null) return null;
  if (shape.length !== 2) {
    throw unsuitable(`is ${describeShape(shape)}; an embedding is [batch, numbers per face]`);
  }
  checkBatch(shape[0]!, name);
  return shape;
}

function checkBatch(batch: number | null, name: string): void {
  if (batch === null || batch === 1) return;
  throw ownNetworkError(
    'ONNX_BATCH_FIXED',
    `${name} is fixed at batches of ${batch}; export it for a batch of 1, or better with a free batch axis`,
  );
}

function statedShape(stated: NetworkInput): (number | null)[] {
  return [null, ...inputShape(stated)];
}

/** The first axis is the batch; an axis that the file leaves free fits anything. */
function fits(shape: readonly (number | null)[], wanted: readonly (number | null)[]): boolean {
  if (shape.length !== wanted.length) return false;
  return shape.every((axis, index) => index === 0 || axis === null || axis === wanted[index]);
}

/** What the user said it is, and what would fit instead. */
function hint(shape: readonly (number | null)[], stated: NetworkInput): string {
  const { channels, layout, width } = stated;
  const said = `with --size ${width} --channels ${channels} --layout ${layout} it would be ${describeShape(statedShape(stated))}`;
  for (const other of ['nchw', 'nhwc'] as const) {
    for (const depth of ['rgb', 'grey'] as const) {
      const [size] = shape.slice(other === 'nchw' ? 2 : 1);
      if (!size) continue;
      const candidate = { ...stated, width: size, height: size, layout: other, channels: depth };
      if (!fits(shape, statedShape(candidate))) continue;
      return `${said}; what fits is --size ${size} --channels ${depth} --layout ${other}`;
    }
  }
  return said;
}
