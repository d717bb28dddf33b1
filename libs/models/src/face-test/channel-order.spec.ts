import { describe, expect, it } from '@jest/globals';
import { exchangeChannels, leadOf } from './channel-order.js';

describe('exchangeChannels', () => {
  const size = { width: 2, height: 1 };

  it('exchanges the first and the last plane', () => {
    const planes = Float32Array.from([1, 2, 3, 4, 5, 6]);
    expect([...exchangeChannels(planes, { ...size, layout: 'nchw' })]).toEqual([5, 6, 3, 4, 1, 2]);
  });

  it('exchanges the first and the last value of each pixel', () => {
    const pixels = Float32Array.from([1, 2, 3, 4, 5, 6]);
    expect([...exchangeChannels(pixels, { ...size, layout: 'nhwc' })]).toEqual([3, 2, 1, 6, 5, 4]);
  });
});

describe('leadOf', () => {
  it('is the distance of the means in standard deviations of strangers', () => {
    expect(leadOf({ same: [0.7, 0.5], strangers: [0.1, -0.1, 0.1, -0.1] })).toBeCloseTo(6, 10);
  });
});
