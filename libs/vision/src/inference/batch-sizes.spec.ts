import { describe, expect, it } from '@jest/globals';
import { batchSizes } from './batch-sizes.js';

describe('batchSizes', () => {
  it.each([
    [1, [1]],
    [13, [8, 4, 1]],
    [16, [16]],
    [70, [32, 32, 4, 2]],
  ])('runs %i items as %j', (count, sizes) => {
    expect(batchSizes(count)).toEqual(sizes);
  });
});
