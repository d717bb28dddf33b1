import { parentPort, workerData } from 'node:worker_threads';
import { type KerasWeights } from './keras-weights.js';
import { type Network } from './network.js';
import { referenceForward } from './reference-forward.js';

/** Worker data of the thread, which replies with the output of the last layer. */
export interface ReferenceRequest {
  readonly network: Network;
  readonly weights: KerasWeights;
  readonly input: Float32Array;
}

const { network, weights, input } = workerData as ReferenceRequest;
parentPort!.postMessage(referenceForward(network, weights, input));
