/**
 * Known answers: a fixed synthetic input and the output that the network must give for it. They detect a
 * wrong runtime, a wrong conversion and a damaged file.
 */
import { type Manifest, type NetworkInput } from '#models/packs/manifest.js';
import { dotProduct } from '#models/scoring/as-norm.js';
import { PipelineError } from '#shared/contracts/pipeline-error.js';
import { type NetworkRole, type ProbeReply } from '../inference/inference-messages.js';

type KnownAnswer = Manifest['knownAnswers'][number];

/**
 * Verifies the known answers of a pack, so that a wrong runtime or conversion is never used.
 * @throws PipelineError MODEL_ANSWER_WRONG
 */
export async function verifyKnownAnswers(
  manifest: Manifest,
  inputs: Readonly<Partial<Record<NetworkRole, NetworkInput>>>,
  probe: (role: NetworkRole, input: Float32Array) => Promise<ProbeReply>,
): Promise<void> {
  for (const known of manifest.knownAnswers) {
    const outputs = await probe(known.role, knownAnswerInput(inputs[known.role]!));
    const similarity = similarityToKnownAnswer(outputs, known);
    if (similarity >= known.minCosine) continue;
    throw new PipelineError(
      'MODEL_ANSWER_WRONG',
      `model pack ${manifest.name} gives a wrong answer for ${known.role} on this machine (cosine similarity ${similarity.toFixed(4)}, expected at least ${known.minCosine}); install it again with: npm run sightline -- models pull ${manifest.name} --force`,
      { stage: 'models', class: 'quarantine', details: { name: manifest.name, similarity } },
    );
  }
}

/** The synthetic input; the formula is in the schema of the manifest. */
export function knownAnswerInput(input: NetworkInput): Float32Array {
  const channels = input.channels === 'grey' ? 1 : 3;
  const { width, height } = input;
  const values = new Float32Array(width * height * channels);
  for (let row = 0; row < height; row++) {
    for (let column = 0; column < width; column++) {
      for (let channel = 0; channel < channels; channel++) {
        const at =
          input.layout === 'nchw'
            ? (channel * height + row) * width + column
            : (row * width + column) * channels + channel;
        values[at] =
          0.6 * Math.sin(0.1 * row) + (0.3 * Math.cos(0.07 * column) * (channel + 1)) / 3;
      }
    }
  }
  return values;
}

/** Cosine similarity of a network's output to the known answer; NaN when the lengths differ. */
export function similarityToKnownAnswer(outputs: ProbeReply, known: KnownAnswer): number {
  const all = outputs.get(known.outputName) ?? new Float32Array();
  const values = all.filter((_, index) => index % known.every === 0);
  const bytes = Buffer.from(known.output, 'base64');
  const expected = values.map((_, index) => bytes.readFloatLE(index * 4));
  if (values.length * 4 !== bytes.length) return Number.NaN;
  return (
    dotProduct(values, expected) /
    Math.sqrt(dotProduct(values, values) * dotProduct(expected, expected))
  );
}
