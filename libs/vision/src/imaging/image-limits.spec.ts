import { describe, expect, it } from '@jest/globals';
import { checkBytes, checkPixels, workingSize } from './image-limits.js';

const limits = { maxBytes: 1_000, maxPixels: 120_000_000, maxFrames: 100, workingSide: 2_560 };

describe('image limits', () => {
  it('refuse an empty file', () => {
    expect(() => checkBytes(0, limits)).toThrow(expect.objectContaining({ code: 'IMAGE_EMPTY' }));
  });

  it('refuse a file above the limit and name the setting', () => {
    expect(() => checkBytes(1_001, limits)).toThrow(/MAX_IMAGE_BYTES/);
    expect(() => checkBytes(1_000, limits)).not.toThrow();
  });

  it('let a photograph of 50 megapixels pass and refuse one of 900', () => {
    expect(() => checkPixels(8_660, 5_774, limits)).not.toThrow();
    expect(() => checkPixels(30_000, 30_000, limits)).toThrow(
      expect.objectContaining({ code: 'IMAGE_TOO_LARGE', class: 'quarantine', httpStatus: 413 }),
    );
  });
});

describe('workingSize', () => {
  it('leaves a small picture as it is', () => {
    expect(workingSize(640, 480, 2_560)).toEqual({ width: 640, height: 480 });
  });

  it('shrinks a large one to the longest side', () => {
    expect(workingSize(6_000, 4_000, 2_560)).toEqual({ width: 2_560, height: 1_707 });
  });

  it('never shrinks a side to nothing', () => {
    expect(workingSize(100_000, 3, 2_560)).toEqual({ width: 2_560, height: 1 });
  });
});
