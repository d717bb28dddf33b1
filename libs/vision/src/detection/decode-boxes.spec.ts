import { describe, expect, it } from '@jest/globals';
import { decodeBoxes } from './decode-boxes.js';

const input = { width: 320, height: 240 };

describe('decodeBoxes', () => {
  it('gives boxes of enough confidence in input pixels', () => {
    const scores = Float32Array.of(0.9, 0.1, 0.25, 0.75);
    const boxes = Float32Array.of(0, 0, 1, 1, 0.25, 0.5, 0.5, 0.75);
    expect(decodeBoxes(scores, boxes, input, 0.65)).toEqual([
      { x: 80, y: 120, width: 80, height: 60, score: 0.75 },
    ]);
  });

  it('leaves out boxes without an extent and scores that are no number', () => {
    const scores = Float32Array.of(0, 0.9, 0, Number.NaN);
    const boxes = Float32Array.of(0.5, 0.5, 0.5, 0.6, 0.1, 0.1, 0.2, 0.2);
    expect(decodeBoxes(scores, boxes, input, 0.65)).toEqual([]);
  });
});
