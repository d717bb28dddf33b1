import { describe, expect, it } from '@jest/globals';
import { type GraphNode, tensorOf } from '../onnx/onnx-graph.js';
import { DATA_TYPE } from '../onnx/onnx-schema.js';
import { GraphView, type IntegerPlan, planIntegers } from './integer-plan.js';

/** `Conv image kernel -> a` for each node; `kernel` is the weights of every convolution. */
function plan(output: string, ...lines: string[]): IntegerPlan & { groups: string[][] } {
  const type = { tensor_type: { elem_type: DATA_TYPE.float } };
  const view = new GraphView({
    node: lines.map((line): GraphNode => {
      const [op_type = '', ...names] = line.split(' ').filter((word) => word !== '->');
      return { op_type, input: names.slice(0, -1), output: names.slice(-1), attribute: [] };
    }),
    initializer: [tensorOf('kernel', [1, 1, 1, 1], new Float32Array(1))],
    input: [{ name: 'image', type }],
    output: [{ name: output, type }],
  });
  const { convolutions, groups } = planIntegers(view);
  return { convolutions, groups: groups.map((group) => group.toSorted()).sort() };
}

describe('planIntegers', () => {
  it('includes everything up to the last convolution and nothing after it', () => {
    const { convolutions, groups } = plan(
      'embedding',
      'Transpose image -> planes',
      'Conv planes kernel -> a',
      'GlobalAveragePool a -> mean',
      'Flatten mean -> flat',
      'Gemm flat dense -> embedding',
    );
    expect([...convolutions].map(({ output }) => output[0])).toEqual(['a']);
    expect(groups).toEqual([['a'], ['image', 'planes']]);
  });

  it('merges a ReLU into the node before it', () => {
    const { groups } = plan(
      'out',
      'Conv image kernel -> a',
      'Relu a -> a+',
      'Conv a+ kernel -> b',
      'Add a+ b -> sum',
      'Relu sum -> sum+',
      'Sigmoid sum+ -> out',
    );
    expect(groups).toEqual([['a+'], ['b'], ['image'], ['sum+']]);
  });

  it('keeps a ReLU when other nodes read its input', () => {
    const { groups } = plan('out', 'Conv image kernel -> a', 'Relu a -> a+', 'Add a a+ -> out');
    expect(groups).toEqual([['a'], ['image']]);
  });

  it('shares ranges between a pool and its input, and between a concatenation and inputs that only it reads', () => {
    const { groups } = plan(
      'out',
      'Conv image kernel -> a',
      'Conv a kernel -> b',
      'MaxPool a -> pool',
      'Concat a b pool -> all',
      'Sigmoid all -> out',
    );
    expect(groups).toEqual([['a', 'pool'], ['all', 'b'], ['image']]);
  });

  it('keeps negative values out of a range that replaces a ReLU', () => {
    const { groups } = plan(
      'out',
      'Conv image kernel -> a',
      'Relu a -> a+',
      'Conv image kernel -> b',
      'Concat a+ b -> mixed',
      'Conv mixed kernel -> c',
      'Relu c -> c+',
      'Conv mixed kernel -> d',
      'Relu d -> d+',
      'Concat c+ d+ -> all',
      'Sigmoid all -> out',
    );
    expect(groups).toEqual([['a+'], ['all', 'c+', 'd+'], ['b', 'mixed'], ['image']]);
  });

  it('includes a convolution after an operator without an 8-bit form', () => {
    const { convolutions, groups } = plan(
      'out',
      'Conv image kernel -> a',
      'Sigmoid a -> b',
      'Conv b kernel -> c',
      'Sigmoid c -> out',
    );
    expect(convolutions.size).toBe(2);
    expect(groups).toEqual([['a'], ['b'], ['c'], ['image']]);
  });

  it('excludes a convolution with variable weights, or whose result is an output of the network', () => {
    expect(plan('out', 'Conv image image -> a', 'Sigmoid a -> out').convolutions.size).toBe(0);
    expect(plan('out', 'Conv image kernel -> out').convolutions.size).toBe(0);
  });
});
