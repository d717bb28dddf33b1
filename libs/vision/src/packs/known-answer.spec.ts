import { describe, expect, it } from '@jest/globals';
import { type NetworkInput } from '#models/packs/manifest.js';
import { knownAnswerInput, similarityToKnownAnswer } from './known-answer.js';

const grey: NetworkInput = {
  width: 3,
  height: 2,
  mean: 0,
  std: 1,
  channels: 'grey',
  layout: 'nchw',
};

function known(values: readonly number[], every = 1) {
  const output = Buffer.from(Float32Array.from(values).buffer).toString('base64');
  return { role: 'embed', outputName: 'output', every, output, minCosine: 0.99 } as const;
}

describe('knownAnswerInput', () => {
  it('follows the formula, row by row', () => {
    const values = [...knownAnswerInput(grey)];
    expect(values[0]).toBeCloseTo(0.1, 6);
    expect(values[2]).toBeCloseTo(0.1 * Math.cos(0.14), 6);
    expect(values[3]).toBeCloseTo(0.6 * Math.sin(0.1) + 0.1, 6);
  });

  it('writes channels in the layout of the network', () => {
    const planes = knownAnswerInput({ ...grey, channels: 'rgb' });
    const pixels = knownAnswerInput({ ...grey, channels: 'rgb', layout: 'nhwc' });
    expect([planes[0], planes[6], planes[12]]).toEqual([pixels[0], pixels[1], pixels[2]]);
    expect(planes[12]).toBeCloseTo(0.3, 6);
  });
});

describe('similarityToKnownAnswer', () => {
  it('is 1 for the same direction and any length', () => {
    const outputs = new Map([['output', Float32Array.of(2, 4, 6)]]);
    expect(similarityToKnownAnswer(outputs, known([1, 2, 3]))).toBeCloseTo(1, 6);
  });

  it('compares every n-th value', () => {
    const outputs = new Map([['output', Float32Array.of(1, 9, 2, 9, 3)]]);
    expect(similarityToKnownAnswer(outputs, known([1, 2, 3], 2))).toBeCloseTo(1, 6);
  });

  it('is NaN when the output is missing or has another length', () => {
    expect(similarityToKnownAnswer(new Map(), known([1]))).toBeNaN();
    const outputs = new Map([['output', Float32Array.of(1, 2)]]);
    expect(similarityToKnownAnswer(outputs, known([1, 2, 3]))).toBeNaN();
  });
});
