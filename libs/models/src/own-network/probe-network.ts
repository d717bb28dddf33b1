/** Runs a user's own network on synthetic inputs to find out whether it can be used. */
import { knownAnswerInput } from '#vision/packs/known-answer.js';
import { runNetwork, type NetworkAnswer } from '../install/verify-answers.js';
import { type NetworkInput } from '../packs/manifest.js';
import { dotProduct } from '../scoring/as-norm.js';
import { ownNetworkError } from './network-file.js';

export interface ProbedNetwork {
  readonly dimension: number;
  /** Output for the known-answer input, scaled to L2 norm 1. */
  readonly answer: Float32Array;
}

/** Minimum cosine similarity of the output for a picture in a batch to the output for the picture alone. */
const SAME_ANSWER = 0.9999;
/** Maximum difference by rounding, per number, of two equal unit vectors. */
const ROUNDING = 1e-6;

/**
 * Runs a network and checks that a batch gives the same results as its pictures alone, and that the
 * output depends on the picture. Determines the number of values per face.
 * @throws PipelineError NETWORK_NOT_LOADED, ONNX_RUN_FAILED, ONNX_OUTPUT_UNSUITABLE, ONNX_BATCH_FIXED,
 *   ONNX_OUTPUT_CONSTANT
 */
export async function probeNetwork(
  {
    file,
    name,
    input,
  }: { readonly file: string; readonly name: string; readonly input: NetworkInput },
  output: string,
): Promise<ProbedNetwork> {
  const inputs = variants(knownAnswerInput(input));
  const artifact = { format: 'onnx', file, precision: 'float32' } as const;
  const network = { role: 'embed', pack: name, artifact, input, device: 'cpu' } as const;
  const answers = await runNetwork(network, [
    ...inputs.map((values) => ({ values, count: 1 })),
    { values: concatenate(inputs), count: inputs.length },
  ]);
  const together = answers.pop()!;
  const alone = answers.map((answer) => unit(outputOf(answer, output)));
  const [answer, ...others] = alone;
  if (others.every((other) => isSame(other, answer!))) {
    throw ownNetworkError(
      'ONNX_OUTPUT_CONSTANT',
      `its output ${output} is the same for different inputs; check that this is the embedding`,
    );
  }
  checkBatch(together, alone, output);
  return { dimension: answer!.length, answer: answer! };
}

function checkBatch(answer: NetworkAnswer, alone: readonly Float32Array[], output: string): void {
  const count = alone.length;
  if ('problem' in answer) {
    throw onePictureOnly(`it fails on a batch of ${count} (${answer.problem})`);
  }
  const together = outputOf(answer, output);
  const length = alone[0]!.length;
  if (together.length !== length * count) {
    throw onePictureOnly(`a batch of ${count} gives ${together.length} numbers`);
  }
  for (const [index, expected] of alone.entries()) {
    const found = unit(together.slice(index * length, (index + 1) * length));
    if (dotProduct(found, expected) >= SAME_ANSWER) continue;
    throw onePictureOnly(`a picture in a batch of ${count} gives another result than alone`);
  }
}

function onePictureOnly(problem: string) {
  return ownNetworkError(
    'ONNX_BATCH_FIXED',
    `${problem}, but a single picture works; export it for batches of any size (torch.onnx.export with dynamic_axes, in eval mode)`,
  );
}

function outputOf(answer: NetworkAnswer, output: string): Float32Array {
  if ('outputs' in answer) return answer.outputs.get(output)!;
  throw ownNetworkError('ONNX_RUN_FAILED', `ONNX Runtime cannot run it: ${answer.problem}`);
}

/** Different inputs, all in the range of normalised pictures. */
function variants(values: Float32Array): Float32Array[] {
  return [
    values,
    values.toReversed(),
    values.map((value) => -0.8 * value),
    values.map((value, index) => (index % 2 === 0 ? value : 0.3)),
  ];
}

function concatenate(inputs: readonly Float32Array[]): Float32Array {
  const length = inputs[0]!.length;
  const all = new Float32Array(length * inputs.length);
  for (const [index, values] of inputs.entries()) all.set(values, index * length);
  return all;
}

function unit(values: Float32Array): Float32Array {
  const norm = Math.sqrt(dotProduct(values, values));
  if (values.length > 1 && norm > 0 && norm < Infinity) return values.map((value) => value / norm);
  throw ownNetworkError(
    'ONNX_OUTPUT_UNSUITABLE',
    `it returns ${values.length} numbers with norm ${norm}, which is not an embedding`,
  );
}

function isSame(one: Float32Array, other: Float32Array): boolean {
  return one.every((value, index) => Math.abs(value - other[index]!) < ROUNDING);
}
