import { PipelineError } from '#shared/contracts/pipeline-error.js';
import { type NetworkInput } from '#shared/models/manifest.js';
import { type ModelPack } from '#shared/models/read-pack.js';
import { verifyKnownAnswers } from '#vision/models/known-answer.js';
import { networkSetup, type EnginePlan } from '#vision/models/network-setups.js';
import { runNetwork } from './run-network.js';

const ONNX_RUNTIME: EnginePlan = { tensorflow: null, device: 'cpu' };

/**
 * Runs a pack's networks and compares what they say with the known answers.
 * @param plan what runs them; ONNX Runtime's CPU unless told
 * @throws PipelineError MODEL_ANSWER_WRONG, MODEL_PACK_NO_ARTIFACT, NETWORK_NOT_LOADED, NETWORK_NOT_RUN
 */
export async function verifyAnswers(pack: ModelPack, plan = ONNX_RUNTIME): Promise<void> {
  const { manifest } = pack;
  const inputs: Readonly<Record<string, NetworkInput | undefined>> =
    manifest.task === 'embedding'
      ? { embed: manifest.input }
      : { detect: manifest.detect, landmarks: manifest.landmarks };
  await verifyKnownAnswers(manifest, inputs, async (role, values) => {
    const setup = networkSetup(pack, role, inputs[role]!, plan);
    const [answer] = await runNetwork(setup, [{ values, count: 1 }]);
    if ('outputs' in answer!) return answer.outputs;
    throw new PipelineError(
      'NETWORK_NOT_RUN',
      `model pack ${manifest.name} gives no ${role} answer on this machine: ${answer!.problem}`,
      { stage: 'models', class: 'quarantine', details: { name: manifest.name } },
    );
  });
}
