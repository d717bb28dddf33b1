import { describe, expect, it } from '@jest/globals';
import { type Manifest, type NetworkInput } from '#models/packs/manifest.js';
import { networkSetup } from './load-packs.js';

const input: NetworkInput = {
  width: 8,
  height: 8,
  mean: 0,
  std: 1,
  channels: 'rgb',
  layout: 'nhwc',
};

type Artifact = Manifest['artifacts'][number];
const artifact = (file: string, format: Artifact['format'], role: Artifact['role'] = 'embed') =>
  ({ file, format, role, precision: 'float32', sha256: '0' }) as const;

function pack(...artifacts: Artifact[]) {
  return { folder: '/models/tiny', manifest: { name: 'tiny', artifacts } as unknown as Manifest };
}

const both = pack(
  artifact('net.onnx', 'onnx'),
  artifact('net.json', 'tfjs'),
  artifact('net.1.bin', 'tfjs-weights'),
  artifact('net.2.bin', 'tfjs-weights'),
  artifact('other.bin', 'tfjs-weights', 'detect'),
);
const tensorflow = { package: '@tensorflow/tfjs-node', backend: 'tensorflow' } as const;

describe('networkSetup', () => {
  it('uses the ONNX artifact for ONNX Runtime, on the requested device', () => {
    expect(networkSetup(both, 'embed', input, { tensorflow: null, device: 'cuda' })).toEqual({
      role: 'embed',
      pack: 'tiny',
      input,
      device: 'cuda',
      artifact: { format: 'onnx', file: '/models/tiny/net.onnx', precision: 'float32' },
    });
  });

  it('uses the TF.js artifact with its own weights for TensorFlow', () => {
    expect(networkSetup(both, 'embed', input, { tensorflow, device: 'gpu' })).toEqual({
      role: 'embed',
      pack: 'tiny',
      input,
      device: 'gpu',
      artifact: {
        format: 'tfjs',
        precision: 'float32',
        runtime: tensorflow,
        file: '/models/tiny/net.json',
        weights: ['/models/tiny/net.1.bin', '/models/tiny/net.2.bin'],
      },
    });
  });

  it('runs a network without a TF.js artifact on ONNX Runtime on the CPU when TensorFlow is chosen', () => {
    const onnxOnly = pack(artifact('detect.onnx', 'onnx', 'detect'));
    expect(networkSetup(onnxOnly, 'detect', input, { tensorflow, device: 'gpu' })).toMatchObject({
      device: 'cpu',
      artifact: { format: 'onnx' },
    });
  });

  it('names the missing artifact and those that the pack has', () => {
    const tfjsOnly = pack(artifact('net.json', 'tfjs'));
    const plan = { tensorflow: null, device: 'cpu' } as const;
    expect(() => networkSetup(tfjsOnly, 'embed', input, plan)).toThrow(
      expect.objectContaining({
        code: 'MODEL_PACK_NO_ARTIFACT',
        message: expect.stringMatching(/tiny has no onnx artifact for embed.*it has: tfjs/),
      }),
    );
  });
});
