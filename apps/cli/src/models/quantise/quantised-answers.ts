import { type EmbeddingManifest } from '#shared/models/manifest.js';
import { inputShape } from '#vision/inference/fill-input.js';
import { OnnxTensors } from '#vision/inference/onnx-tensors.js';
import { knownAnswerInput, similarityToKnownAnswer } from '#vision/models/known-answer.js';

type KnownAnswers = EmbeddingManifest['knownAnswers'];

/**
 * What the integers of a network may come out otherwise on another CPU: all its sums are exact, only the
 * float32 steps between them may round another way.
 */
const TOLERANCE = 0.005;

/**
 * The float32 network's own known answers, for the quantised one: it must come as close to them as it did
 * here. The synthetic input is no face, so that is less close than it comes for faces.
 */
export async function quantisedAnswers(
  network: Uint8Array,
  { input, knownAnswers }: EmbeddingManifest,
): Promise<KnownAnswers> {
  const tensors = await OnnxTensors.open(network);
  try {
    const dims = [1, ...inputShape(input)];
    const outputs = await tensors.run({ data: knownAnswerInput(input), dims });
    const values = new Map([...outputs].map(([name, { data }]) => [name, data]));
    return knownAnswers.map((known) => {
      const lowest = similarityToKnownAnswer(values, known) - TOLERANCE;
      return { ...known, minCosine: Math.floor(lowest * 1e4) / 1e4 };
    });
  } finally {
    await tensors.close();
  }
}
