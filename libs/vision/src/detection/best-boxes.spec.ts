import { describe, expect, it } from '@jest/globals';
import { bestBoxes } from './best-boxes.js';

const box = (score: number, x: number, y = 0) => ({ x, y, width: 10, height: 10, score });

describe('bestBoxes', () => {
  it('keeps those with the highest scores', () => {
    const boxes = [box(0.7, 0), box(0.9, 20), box(0.6, 40), box(0.8, 60)];
    expect(bestBoxes(boxes, 2)).toEqual([box(0.9, 20), box(0.8, 60)]);
  });

  it('keeps all that are no more than it may keep', () => {
    const boxes = [box(0.7, 0), box(0.9, 20)];
    expect(new Set(bestBoxes(boxes, 2))).toEqual(new Set(boxes));
  });

  it('chooses the same among equals, whatever order they come in', () => {
    const boxes = [box(0.9, 30, 5), box(0.9, 30, 2), box(0.9, 10, 7), box(0.9, 50, 0)];
    const kept = [box(0.9, 10, 7), box(0.9, 30, 2)];
    expect(bestBoxes(boxes, 2)).toEqual(kept);
    expect(bestBoxes([...boxes].reverse(), 2)).toEqual(kept);
  });
});
