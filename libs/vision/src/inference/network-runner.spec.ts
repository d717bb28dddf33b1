import { describe, expect, it } from '@jest/globals';
import { unitVector } from './network-runner.js';

describe('unitVector', () => {
  it('scales to norm 1', () => {
    const [x, y] = unitVector(Float32Array.of(3, 4));
    expect(x).toBeCloseTo(0.6, 6);
    expect(y).toBeCloseTo(0.8, 6);
  });

  it.each([[[0, 0]], [[Number.NaN, 1]], [[Infinity, 1]]])(
    'rejects %j, which has no direction',
    (values) => {
      expect(() => unitVector(Float32Array.from(values))).toThrow(/norm/);
    },
  );
});
