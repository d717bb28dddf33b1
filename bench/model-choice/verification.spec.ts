import { describe, expect, it } from '@jest/globals';
import { allPairs, operatingPoints, pairAccuracy } from './verification.js';

const product = (a: Float32Array, b: Float32Array) => a[0]! * b[0]!;
const embeddings = [1, 0.9, -1, -0.8].map((value) => Float32Array.of(value));
const photographs = ['a', 'a', 'b', 'b'].map((person, number) => ({ person, number, file: '' }));

describe('operatingPoints', () => {
  it('accepts no more strangers than the rate allows', () => {
    const impostor = Array.from({ length: 100 }, (_, i) => i / 100);
    const genuine = [0.5, 0.97, 0.98, 0.99];
    const [one, ten] = operatingPoints({ genuine, impostor }, [0.01, 0.1]);
    expect(one).toMatchObject({ threshold: 0.98, trueAcceptRate: 0.25 });
    expect(ten).toMatchObject({ threshold: 0.89, trueAcceptRate: 0.75 });
  });
});

describe('allPairs', () => {
  it('compares everybody once, and a photograph without a face matches nobody', () => {
    const { genuine, impostor } = allPairs(photographs, [...embeddings.slice(0, 3), null], product);
    expect(genuine).toEqual([expect.closeTo(0.9), -Infinity]);
    expect(impostor).toHaveLength(4);
  });
});

describe('pairAccuracy', () => {
  it('judges each fold by the threshold that is best on the others', () => {
    const pair = (first: number, second: number, fold: number) => {
      return {
        first,
        second,
        same: photographs[first]!.person === photographs[second]!.person,
        fold,
      };
    };
    const pairs = [pair(0, 1, 0), pair(0, 2, 0), pair(2, 3, 1), pair(1, 3, 1)];
    // 0.9 is asked of fold 1, whose same-person pair is only 0.8 alike.
    expect(pairAccuracy(pairs, embeddings, product)).toBe(0.75);
  });
});
