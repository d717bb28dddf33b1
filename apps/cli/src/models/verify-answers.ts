import path from 'node:path';
import { PipelineError } from '#shared/contracts/pipeline-error.js';
import { type NetworkInput } from '#shared/models/manifest.js';
import { type ModelPack } from '#shared/models/read-pack.js';
import { verifyKnownAnswers } from '#vision/models/known-answer.js';
import { runNetwork } from './run-network.js';

/**
 * Runs a pack's networks on ONNX Runtime and compares what they say with the known answers.
 * @throws PipelineError MODEL_ANSWER_WRONG, NETWORK_NOT_LOADED, NETWORK_NOT_RUN
 */
export async function verifyAnswers({ folder, manifest }: ModelPack): Promise<void> {
  const inputs: Readonly<Record<string, NetworkInput | undefined>> =
    manifest.task === 'embedding'
      ? { embed: manifest.input }
      : { detect: manifest.detect, landmarks: manifest.landmarks };
  await verifyKnownAnswers(manifest, inputs, async (role, values) => {
    const artifact = manifest.artifacts.find((one) => one.role === role && one.format === 'onnx');
    const input = inputs[role];
    if (!artifact || !input) throw notRun(manifest.name, role, 'there is no .onnx file of it');
    const file = path.join(folder, artifact.file);
    const [answer] = await runNetwork(file, input, [{ values, count: 1 }]);
    if ('outputs' in answer!) return answer.outputs;
    throw notRun(manifest.name, role, answer!.problem);
  });
}

function notRun(name: string, role: string, problem: string): PipelineError {
  return new PipelineError(
    'NETWORK_NOT_RUN',
    `model pack ${name} gives no ${role} answer on this machine: ${problem}`,
    { stage: 'models', class: 'quarantine', details: { name } },
  );
}
