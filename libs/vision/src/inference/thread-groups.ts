import { type NetworkSetup } from './inference-messages.js';

/** Networks that share threads. */
export interface NetworkGroup {
  readonly networks: readonly NetworkSetup[];
  /** Whether only one thread may hold them. */
  readonly alone: boolean;
}

/**
 * TensorFlow's native library gets a thread of its own: it spreads over the
 * cores itself, and its binding (tfjs-node 4.22, tfjs_backend.cc) keeps a table that threads would
 * change at the same time.
 */
export function groupNetworks(networks: readonly NetworkSetup[]): readonly NetworkGroup[] {
  const native = networks.filter(isNativeTensorflow);
  const others = networks.filter((network) => !isNativeTensorflow(network));
  return [
    { networks: others, alone: false },
    { networks: native, alone: true },
  ].filter((group) => group.networks.length > 0);
}

function isNativeTensorflow({ artifact }: NetworkSetup): boolean {
  return artifact.format === 'tfjs' && artifact.runtime.backend === 'tensorflow';
}
