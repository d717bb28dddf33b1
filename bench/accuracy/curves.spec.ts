import { describe, expect, it } from '@jest/globals';
import { equalErrorRate, rocCurve } from './curves.js';

function columns(scores: readonly number[]) {
  const people = new Uint32Array(scores.length);
  return { scores: Float32Array.from(scores), first: people, second: people };
}

function rate(genuine: readonly number[], impostor: readonly number[]) {
  return equalErrorRate({
    genuine: columns(genuine),
    impostor: columns(impostor),
    facesOf: new Uint32Array(1),
  });
}

describe('equalErrorRate', () => {
  it('is the rate where false accepts equal false rejects', () => {
    // From just above 0.4: one of four rejected; of the eight strangers 0.5 and 0.6 accepted.
    expect(rate([0.4, 0.7, 0.8, 0.9], [0.1, 0.1, 0.1, 0.2, 0.2, 0.3, 0.5, 0.6])).toBe(0.25);
  });

  it('is the level where the two step functions cross', () => {
    // Just above 0.4 half are rejected, one in five accepted; just below, none rejected and one accepted.
    expect(rate([0.4, 0.9], [0.1, 0.1, 0.2, 0.2, 0.6])).toBe(0.2);
    // Between 0.2 and 0.6 half are rejected, while the accepted fall from two thirds to one third.
    expect(rate([0.2, 0.9], [0.1, 0.5, 0.6])).toBe(0.5);
  });

  it('is 0 if all same-person pairs score higher, and 1 if all score lower', () => {
    expect(rate([0.8, 0.9], [0.1, 0.2])).toBe(0);
    expect(rate([0.1, 0.2], [0.8, 0.9])).toBe(1);
  });

  it('counts a photograph without a face as rejected', () => {
    expect(rate([-Infinity, 0.9], [0.1, 0.2])).toBe(0.5);
  });
});

describe('rocCurve', () => {
  const impostor = columns(Array.from({ length: 1000 }, (_, i) => i / 1000));
  const genuine = columns([0.5, 0.985, 0.995, 0.9999]);
  const curve = rocCurve({ genuine, impostor, facesOf: new Uint32Array(1) });

  it('begins with ten accepted strangers and ends with all', () => {
    // Ten accepted: from above 0.989 on.
    expect(curve[0]).toEqual({ falseAcceptRate: 0.01, trueAcceptRate: 0.5 });
    expect(curve.at(-1)).toEqual({ falseAcceptRate: 1, trueAcceptRate: 1 });
  });

  it('rises in equal logarithmic steps', () => {
    const rates = curve.map(({ falseAcceptRate }) => falseAcceptRate);
    expect(rates).toEqual([...rates].sort((a, b) => a - b));
    expect(new Set(rates).size).toBe(rates.length);
    expect(curve.find(({ falseAcceptRate }) => falseAcceptRate === 0.1)!.trueAcceptRate).toBe(0.75);
    expect(rates.filter((rate) => rate >= 0.1 && rate < 1)).toHaveLength(40);
  });
});
