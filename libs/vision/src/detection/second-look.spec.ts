import { describe, expect, it } from '@jest/globals';
import { confirms, secondLooks } from './second-look.js';

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

  it('stays inside the picture', () => {
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

  it('believes a face that two looks of three show in its place', () => {
    expect(confirms([clear, [], clear], box)).toBe(true);
  });

  it('doubts one that a single look shows', () => {
    expect(confirms([clear, [], []], box)).toBe(false);
  });

  it('does not count a look that shows it faintly or elsewhere', () => {
    expect(confirms([clear, [{ ...box, score: 0.85 }], []], box)).toBe(false);
    expect(confirms([clear, [{ ...box, x: 125, score: 0.99 }], []], box)).toBe(false);
  });
});
