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
  it('takes what leads to a convolution and leaves what comes after the last', () => {
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

  it('makes a ReLU part of what it follows', () => {
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

  it('leaves a ReLU alone when others read what it reads', () => {
    const { groups } = plan('out', 'Conv image kernel -> a', 'Relu a -> a+', 'Add a a+ -> out');
    expect(groups).toEqual([['a'], ['image']]);
  });

  it('lets a pool keep the range of its input, and what only a concatenation reads take its', () => {
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

  it('keeps what is below 0 out of the range that stands for a ReLU', () => {
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

  it('takes a convolution behind an operator that bytes have no form of', () => {
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

  it("leaves a convolution whose weights are no constant, or whose result is the network's", () => {
    expect(plan('out', 'Conv image image -> a', 'Sigmoid a -> out').convolutions.size).toBe(0);
    expect(plan('out', 'Conv image kernel -> out').convolutions.size).toBe(0);
  });
});
