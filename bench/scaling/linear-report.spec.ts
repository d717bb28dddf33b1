import { describe, expect, it } from '@jest/globals';
import { fairShare, sharing } from './linear-report.js';

describe('sharing', () => {
  it('is the largest deviation from the mean, up or down', () => {
    expect(sharing([100, 100, 100])).toEqual({ mean: 100, worst: 0 });
    expect(sharing([90, 100, 110])).toEqual({ mean: 100, worst: 0.1 });
    expect(sharing([0, 150, 150]).worst).toBe(1);
  });

  it('counts idle processes, and needs at least one process', () => {
    expect(sharing([200, 0])).toEqual({ mean: 100, worst: 1 });
    expect(sharing([0, 0])).toEqual({ mean: 0, worst: 0 });
    expect(() => sharing([])).toThrow('no processes');
  });

  it('is fair within the images that a process may have in progress at the end', () => {
    expect(fairShare(16, 8, 300)).toBeCloseTo(0.08);
  });
});
