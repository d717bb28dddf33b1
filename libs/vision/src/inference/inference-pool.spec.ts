import { describe, expect, it } from '@jest/globals';
import { type TensorflowBackend } from './engine.port.js';
import { type NetworkRole, type NetworkSetup } from './inference-messages.js';
import { groupNetworks } from './inference-pool.js';

function network(role: NetworkRole, backend?: TensorflowBackend): NetworkSetup {
  const files = { file: role, weights: [], precision: 'float32' } as const;
  return {
    role,
    pack: 'tiny',
    device: 'auto',
    input: { width: 1, height: 1, channels: 'rgb', layout: 'nhwc', mean: 0, std: 1 },
    artifact: backend
      ? { ...files, format: 'tfjs', runtime: { package: 'tfjs', backend } }
      : { ...files, format: 'onnx' },
  };
}

const roles = (networks: readonly NetworkSetup[]) =>
  groupNetworks(networks).map((group) => [
    group.networks.map(({ role }) => role),
    group.singleThread,
  ]);

describe('groupNetworks', () => {
  it.each([undefined, 'wasm', 'cpu'] as const)(
    'puts all networks into the same threads (%s)',
    (backend) => {
      const networks = [network('detect'), network('landmarks'), network('embed', backend)];
      expect(roles(networks)).toEqual([[['detect', 'landmarks', 'embed'], false]]);
    },
  );

  it("gives TensorFlow's native library a single thread of its own", () => {
    const networks = [network('detect'), network('embed', 'tensorflow'), network('landmarks')];
    expect(roles(networks)).toEqual([
      [['detect', 'landmarks'], false],
      [['embed'], true],
    ]);
  });
});
