import { describe, expect, it } from '@jest/globals';
import { devicesToTry } from './onnx-devices.js';

describe('devicesToTry', () => {
  it('takes for auto CUDA where its provider is installed, and ends on the CPU', () => {
    expect(devicesToTry('auto', true)).toEqual(['cuda', 'cpu']);
    expect(devicesToTry('auto', false)).toEqual(['cpu']);
  });

  it('never takes the CPU when any GPU was asked for', () => {
    expect(devicesToTry('gpu', true)).toEqual(['cuda', 'webgpu']);
    expect(devicesToTry('gpu', false)).toEqual(['webgpu']);
  });

  it.each(['cpu', 'cuda', 'tensorrt', 'webgpu'] as const)('takes %s and nothing else', (device) => {
    expect(devicesToTry(device, false)).toEqual([device]);
  });
});
