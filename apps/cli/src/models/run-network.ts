import path from 'node:path';
import { PipelineError } from '#shared/contracts/pipeline-error.js';
import { type NetworkSetup } from '#vision/inference/inference-messages.js';
import { refuseTelemetry } from '#vision/inference/onnx-telemetry.js';
import { askThread } from './ask-thread.js';

/** `count` normalised inputs, one after the other. */
interface NetworkBatch {
  readonly values: Float32Array;
  readonly count: number;
}

/** Outputs by name, one item of the batch after the other; or why there are none. */
export type NetworkAnswer =
  { readonly outputs: ReadonlyMap<string, Float32Array> } | { readonly problem: string };

/** What the thread is started with; it answers with a NetworkAnswer per batch. */
export interface NetworkRequest {
  readonly network: NetworkSetup;
  readonly batches: readonly NetworkBatch[];
}

const THREAD = new URL('./run-network.thread.js', import.meta.url);
/** Loading and running even a large network takes seconds. */
const TIMEOUT_MS = 300_000;

/**
 * Runs a network with the engine that its artifact is for, in a thread of its own.
 * @param batches each of 1, 2, 4, … inputs
 * @throws PipelineError NETWORK_NOT_LOADED
 */
export async function runNetwork(
  network: NetworkSetup,
  batches: readonly NetworkBatch[],
): Promise<NetworkAnswer[]> {
  const request: NetworkRequest = { network, batches };
  try {
    refuseTelemetry();
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
