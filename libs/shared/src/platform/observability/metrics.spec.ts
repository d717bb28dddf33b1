import { describe, expect, it } from '@jest/globals';
import { BoundedLabel } from './metrics.js';

describe('BoundedLabel', () => {
  it('keeps the names of the first values and counts later ones as other', () => {
    const label = new BoundedLabel(2);
    expect(['a', 'b', 'c', 'a', 'd', 'b'].map((value) => label.of(value))).toEqual([
      'a',
      'b',
      'other',
      'a',
      'other',
      'b',
    ]);
  });

  it('keeps known values when the limit falls', () => {
    const label = new BoundedLabel(5);
    label.of('a');
    label.limit(1);
    expect([label.of('a'), label.of('b')]).toEqual(['a', 'other']);
  });
});
