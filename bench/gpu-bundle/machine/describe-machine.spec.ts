import { describe, expect, it } from '@jest/globals';
import { peakUse } from './describe-machine.js';

describe('peakUse', () => {
  it('finds the peaks, leaving out a line that was cut off', () => {
    const peaks = { peakMemoryMib: 900, peakUtilisation: 0.97 };
    expect(peakUse('500, 0\n900, 80\n700, 97\n99999')).toEqual(peaks);
  });

  it('knows nothing where nvidia-smi said nothing, or could not read the card', () => {
    expect(peakUse('')).toBeNull();
    expect(peakUse('[N/A], [N/A]\n')).toBeNull();
  });
});
