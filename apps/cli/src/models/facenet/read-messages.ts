import { type KerasWeights } from './keras-weights.js';
import { type Network } from './network.js';

export interface ReadRequest {
  /** The whole file. */
  readonly bytes: Uint8Array;
  /** Networks that it may hold, alike but for their heads. */
  readonly candidates: readonly Network[];
}

export type ReadReply =
  | {
      readonly kind: 'read';
      /** The candidate that it holds. */
      readonly network: Network;
      readonly modelConfig: string | null;
      readonly tensors: KerasWeights;
    }
  /** Of a PipelineError. */
  | {
      readonly kind: 'refused';
      readonly code: string;
      readonly message: string;
      readonly details: Readonly<Record<string, unknown>>;
    };
