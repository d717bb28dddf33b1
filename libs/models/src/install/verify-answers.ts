import path from 'node:path';
import { PipelineError } from '#shared/contracts/pipeline-error.js';
import { type NetworkSetup } from '#vision/inference/inference-messages.js';
import { disableTelemetry } from '#vision/inference/inference-thread-client.js';
import { verifyKnownAnswers } from '#vision/packs/known-answer.js';
import { networkSetup, type EnginePlan } from '#vision/packs/load-packs.js';
import { type NetworkInput } from '../packs/manifest.js';
import { type ModelPack } from '../packs/read-pack.js';
import { askThread } from '../ask-thread.js';

/** `count` normalised inputs, one after the other. */
interface NetworkBatch {
  readonly values: Float32Array;
  readonly count: number;
}

/** Outputs by name, one item of the batch after the other; or why the run failed. */
export type NetworkAnswer =
  { readonly outputs: ReadonlyMap<string, Float32Array> } | { readonly problem: string };

/** Worker data of the thread, which replies with one NetworkAnswer per batch. */
export interface NetworkRequest {
  readonly network: NetworkSetup;
  readonly batches: readonly NetworkBatch[];
}

const THREAD = new URL('./run-network.thread.js', import.meta.url);
/** Loading and running even a large network takes only seconds. */
const TIMEOUT_MS = 300_000;

const ONNX_RUNTIME: EnginePlan = { tensorflow: null, device: 'cpu' };

/**
 * Runs the networks of a pack and verifies their known answers.
 * @param plan engine and device; default: ONNX Runtime on the CPU
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
      `model pack ${manifest.name} gives no answer for ${role} on this machine: ${answer!.problem}`,
      { stage: 'models', class: 'quarantine', details: { name: manifest.name } },
    );
  });
}

/**
 * Runs a network with the engine for its artifact, in a thread of its own.
 * @param batches each with a bucket size of inputs: 1, 2, 4, …
 * @throws PipelineError NETWORK_NOT_LOADED
 */
export async function runNetwork(
  network: NetworkSetup,
  batches: readonly NetworkBatch[],
): Promise<NetworkAnswer[]> {
  const request: NetworkRequest = { network, batches };
  try {
    disableTelemetry();
    return await askThread<NetworkAnswer[]>(THREAD, request, { timeoutMs: TIMEOUT_MS });
  } catch (error) {
    const reason = (error as Error).message;
    throw new PipelineError(
      'NETWORK_NOT_LOADED',
      `${path.basename(network.artifact.file)} of ${network.pack} cannot be loaded: ${reason}`,
      { stage: 'models', class: 'quarantine', cause: error },
    );
  }
}
