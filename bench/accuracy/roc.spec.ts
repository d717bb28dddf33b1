import { describe, expect, it } from '@jest/globals';
import { rocCurve } from './roc.js';

function columns(scores: readonly number[]) {
  const people = new Uint32Array(scores.length);
  return { scores: Float32Array.from(scores), first: people, second: people };
}

describe('rocCurve', () => {
  const impostor = columns(Array.from({ length: 1000 }, (_, i) => i / 1000));
  const genuine = columns([0.5, 0.985, 0.995, 0.9999]);
  const curve = rocCurve({ genuine, impostor, facesOf: new Uint32Array(1) });

  it('begins with ten accepted strangers and ends with all', () => {
    // Ten accepted: from above 0.989 on.
    expect(curve[0]).toEqual({ falseAcceptRate: 0.01, trueAcceptRate: 0.5 });
    expect(curve.at(-1)).toEqual({ falseAcceptRate: 1, trueAcceptRate: 1 });
  });

  it('rises, at even steps of the logarithm', () => {
    const rates = curve.map(({ falseAcceptRate }) => falseAcceptRate);
    expect(rates).toEqual([...rates].sort((a, b) => a - b));
    expect(new Set(rates).size).toBe(rates.length);
    expect(curve.find(({ falseAcceptRate }) => falseAcceptRate === 0.1)!.trueAcceptRate).toBe(0.75);
    expect(rates.filter((rate) => rate >= 0.1 && rate < 1)).toHaveLength(40);
  });
});
