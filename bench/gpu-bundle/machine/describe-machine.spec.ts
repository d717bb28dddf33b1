import { describe, expect, it } from '@jest/globals';
import { peakUse } from './describe-machine.js';

describe('peakUse', () => {
  it('finds the peaks, and ignores an incomplete line', () => {
    const peaks = { peakMemoryMib: 900, peakUtilisation: 0.97 };
    expect(peakUse('500, 0\n900, 80\n700, 97\n99999')).toEqual(peaks);
  });

  it('returns null without output, or if nvidia-smi could not read the card', () => {
    expect(peakUse('')).toBeNull();
    expect(peakUse('[N/A], [N/A]\n')).toBeNull();
  });
});
