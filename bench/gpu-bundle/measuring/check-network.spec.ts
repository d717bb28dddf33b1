import { describe, expect, it } from '@jest/globals';
import { nodesByProvider } from './check-network.js';

const node = (name: string, provider: string) => ({
  cat: 'Node',
  name,
  dur: 1,
  args: { op_name: 'Conv', provider },
});

describe('nodesByProvider', () => {
  it('counts each node once, by its provider', () => {
    const profile = [
      { cat: 'Session', name: 'model_loading_uri', args: {} },
      node('a_kernel_time', 'WebGpuExecutionProvider'),
      node('b_kernel_time', 'WebGpuExecutionProvider'),
      node('c_kernel_time', 'CPUExecutionProvider'),
      { cat: 'Api', name: 'a&Conv&Conv2dMM', args: { shapes: '' } },
    ];
    expect(nodesByProvider(JSON.stringify(profile))).toEqual({
      WebGpuExecutionProvider: 2,
      CPUExecutionProvider: 1,
    });
  });
});
