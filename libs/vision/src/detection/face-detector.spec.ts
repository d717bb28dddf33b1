import { describe, expect, it } from '@jest/globals';
import { applyMap } from '../imaging/geometry.js';
import { bestBoxes, confirms, letterbox, secondLooks } from './face-detector.js';

const box = (score: number, x: number, y = 0) => ({ x, y, width: 10, height: 10, score });

describe('bestBoxes', () => {
  it('keeps the boxes with the highest scores', () => {
    const boxes = [box(0.7, 0), box(0.9, 20), box(0.6, 40), box(0.8, 60)];
    expect(bestBoxes(boxes, 2)).toEqual([box(0.9, 20), box(0.8, 60)]);
  });

  it('keeps all boxes up to the maximum', () => {
    const boxes = [box(0.7, 0), box(0.9, 20)];
    expect(new Set(bestBoxes(boxes, 2))).toEqual(new Set(boxes));
  });

  it('chooses the same of equal boxes in any order', () => {
    const boxes = [box(0.9, 30, 5), box(0.9, 30, 2), box(0.9, 10, 7), box(0.9, 50, 0)];
    const kept = [box(0.9, 10, 7), box(0.9, 30, 2)];
    expect(bestBoxes(boxes, 2)).toEqual(kept);
    expect(bestBoxes([...boxes].reverse(), 2)).toEqual(kept);
  });
});

describe('letterbox', () => {
  it('fits a square into the height of the input and keeps its proportions', () => {
    const { columns, rows, map } = letterbox({ x: 0, y: 0, width: 480, height: 480 }, input);
    expect([columns, rows]).toEqual([240, 240]);
    expect(applyMap(map, 240, 240)).toEqual([480, 480]);
  });

  it('maps the input to the region of the picture', () => {
    const { map } = letterbox({ x: 1_000, y: 500, width: 640, height: 480 }, input);
    expect(applyMap(map, 0, 0)).toEqual([1_000, 500]);
    expect(applyMap(map, 160, 120)).toEqual([1_320, 740]);
  });

  it('keeps one pixel of a very thin strip', () => {
    const { columns, rows } = letterbox({ x: 0, y: 0, width: 10_000, height: 2 }, input);
    expect([columns, rows]).toEqual([320, 1]);
  });
});

const input = { width: 320, height: 240 };

const picture = { width: 2000, height: 1500 };

describe('secondLooks', () => {
  it('shows the face 24, 32 and 48 network pixels tall, in the middle', () => {
    const box = { x: 981, y: 676, width: 38, height: 48 };
    expect(secondLooks(box, picture, input)).toEqual([
      { x: 680, y: 460, width: 640, height: 480 },
      { x: 760, y: 520, width: 480, height: 360 },
      { x: 840, y: 580, width: 320, height: 240 },
    ]);
  });

  it('limits the regions to the picture', () => {
    for (const corner of [
      { x: 0, y: 0 },
      { x: 1970, y: 1460 },
    ]) {
      for (const look of secondLooks({ ...corner, width: 30, height: 40 }, picture, input)) {
        expect(Math.min(look.x, look.y)).toBeGreaterThanOrEqual(0);
        expect(look.x + look.width).toBeLessThanOrEqual(picture.width);
        expect(look.y + look.height).toBeLessThanOrEqual(picture.height);
      }
    }
  });
});

describe('confirms', () => {
  const box = { x: 100, y: 100, width: 30, height: 40 };

  const clear = [{ ...box, x: 104, score: 0.95 }];

  it('confirms a face that two of three passes find at its place', () => {
    expect(confirms([clear, [], clear], box)).toBe(true);
  });

  it('rejects a face that only one pass finds', () => {
    expect(confirms([clear, [], []], box)).toBe(false);
  });

  it('ignores detections with a low score or at another place', () => {
    expect(confirms([clear, [{ ...box, score: 0.85 }], []], box)).toBe(false);
    expect(confirms([clear, [{ ...box, x: 125, score: 0.99 }], []], box)).toBe(false);
  });
});
