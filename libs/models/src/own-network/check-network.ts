/** Checks the inputs, outputs and weights of a user's own network against what the user states. */
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

/** Input and output of a network that turns a batch of pictures into one vector each. */
export interface NetworkEnds {
  readonly input: OnnxValueInfo;
  readonly output: OnnxValueInfo;
  /** Whether it accepts only one picture at a time. */
  readonly isBatchFixed: boolean;
}

/**
 * Finds the input and output of a network and checks them against the user's settings.
 * @param stated the input according to the user
 * @param outputName name of the embedding; undefined: the only output
 * @throws PipelineError ONNX_EXTERNAL_DATA, ONNX_INPUT_UNSUITABLE, ONNX_OUTPUT_UNSUITABLE or
 *   ONNX_BATCH_FIXED for the first problem
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
    `its weights are in other files, for example ${outside.name} in ${file}; save it as one file: onnx.save_model(onnx.load(FILE), 'one.onnx', save_as_external_data=False)`,
  );
}

/** Older files also list weights as inputs. */
function onlyInput({ input, initializer }: OnnxGraph): OnnxValueInfo {
  const weights = new Set(initializer.map(({ name }) => name));
  const [first, ...others] = input.filter(({ name }) => !weights.has(name));
  if (first && others.length === 0) return first;
  const names = first ? [first, ...others].map(({ name }) => name).join(', ') : 'none';
  throw ownNetworkError(
    'ONNX_INPUT_UNSUITABLE',
    `it has ${first ? others.length + 1 : 0} inputs (${names}); a face embedding network has one, the picture`,
  );
}

function checkInput({ name, type, shape }: ValueShape, stated: NetworkInput) {
  const unsuitable = (problem: string) =>
    ownNetworkError('ONNX_INPUT_UNSUITABLE', `its input ${name} ${problem}`);
  if (type !== 'float32') throw unsuitable(`has the type ${type}; export it in float32`);
  const wanted = statedShape(stated);
  if (shape === null) return wanted;
  if (!fits(shape, wanted)) {
    throw unsuitable(`has the shape ${describeShape(shape)}; ${hint(shape, stated)}`);
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
      ? `it has ${output.length} outputs; name the one with the embedding with --output: ${names}`
      : `it has no output ${wanted}; its outputs are: ${names}`,
  );
}

function checkOutput({ name, type, shape }: ValueShape) {
  const unsuitable = (problem: string) =>
    ownNetworkError('ONNX_OUTPUT_UNSUITABLE', `its output ${name} ${problem}`);
  if (type !== 'float32') throw unsuitable(`has the type ${type}; export it in float32`);
  if (shape === null) return null;
  if (shape.length !== 2) {
    throw unsuitable(
      `has the shape ${describeShape(shape)}; an embedding has [batch, numbers per face]`,
    );
  }
  checkBatch(shape[0]!, name);
  return shape;
}

function checkBatch(batch: number | null, name: string): void {
  if (batch === null || batch === 1) return;
  throw ownNetworkError(
    'ONNX_BATCH_FIXED',
    `${name} has a fixed batch of ${batch}; export it with a batch of 1, or better with a free batch axis`,
  );
}

function statedShape(stated: NetworkInput): (number | null)[] {
  return [null, ...inputShape(stated)];
}

/** Ignores the first axis, the batch. A free axis fits any length. */
function fits(shape: readonly (number | null)[], wanted: readonly (number | null)[]): boolean {
  if (shape.length !== wanted.length) return false;
  return shape.every((axis, index) => index === 0 || axis === null || axis === wanted[index]);
}

/** Explains which shape the settings require, and which settings would fit. */
function hint(shape: readonly (number | null)[], stated: NetworkInput): string {
  const { channels, layout, width } = stated;
  const said = `with --size ${width} --channels ${channels} --layout ${layout} the expected shape is ${describeShape(statedShape(stated))}`;
  for (const other of ['nchw', 'nhwc'] as const) {
    for (const depth of ['rgb', 'grey'] as const) {
      const [size] = shape.slice(other === 'nchw' ? 2 : 1);
      if (!size) continue;
      const candidate = { ...stated, width: size, height: size, layout: other, channels: depth };
      if (!fits(shape, statedShape(candidate))) continue;
      return `${said}; matching options are --size ${size} --channels ${depth} --layout ${other}`;
    }
  }
  return said;
}
