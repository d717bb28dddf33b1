import { describe, expect, it } from '@jest/globals';
import { decodeBoxes, suppressNonMaxima } from './boxes.js';

const input = { width: 320, height: 240 };

describe('decodeBoxes', () => {
  it('returns boxes above the minimum score in input pixels', () => {
    const scores = Float32Array.of(0.9, 0.1, 0.25, 0.75);
    const boxes = Float32Array.of(0, 0, 1, 1, 0.25, 0.5, 0.5, 0.75);
    expect(decodeBoxes(scores, boxes, input, 0.65)).toEqual([
      { x: 80, y: 120, width: 80, height: 60, score: 0.75 },
    ]);
  });

  it('leaves out boxes without an area and scores that are not numbers', () => {
    const scores = Float32Array.of(0, 0.9, 0, Number.NaN);
    const boxes = Float32Array.of(0.5, 0.5, 0.5, 0.6, 0.1, 0.1, 0.2, 0.2);
    expect(decodeBoxes(scores, boxes, input, 0.65)).toEqual([]);
  });
});

const box = (x: number, y: number, size: number, score: number) => ({
  x,
  y,
  width: size,
  height: size,
  score,
});

describe('suppressNonMaxima', () => {
  it('keeps the best of overlapping boxes', () => {
    const kept = suppressNonMaxima([box(0, 0, 10, 0.7), box(1, 1, 10, 0.9)], 0.4);
    expect(kept).toEqual([box(1, 1, 10, 0.9)]);
  });

  it('keeps neighbours that overlap a little', () => {
    // 4 × 10 shared of 160: a quarter.
    const kept = suppressNonMaxima([box(0, 0, 10, 0.7), box(6, 0, 10, 0.9)], 0.4);
    expect(kept).toHaveLength(2);
  });

  it('drops a small box inside a larger face', () => {
    const kept = suppressNonMaxima([box(0, 0, 100, 0.9), box(40, 40, 20, 0.8)], 0.4);
    expect(kept).toEqual([box(0, 0, 100, 0.9)]);
  });

  it('returns the best box first', () => {
    const kept = suppressNonMaxima(
      [box(0, 0, 5, 0.7), box(50, 0, 5, 0.9), box(90, 0, 5, 0.8)],
      0.4,
    );
    expect(kept.map(({ score }) => score)).toEqual([0.9, 0.8, 0.7]);
  });
});
