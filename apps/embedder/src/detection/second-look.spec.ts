import { describe, expect, it } from '@jest/globals';
import { confirms, secondLooks } from './second-look.js';

const input = { width: 320, height: 240 };
const picture = { width: 2000, height: 1500 };

describe('secondLooks', () => {
  it('shows the face 32 and 64 network pixels tall, in the middle', () => {
    const box = { x: 985, y: 680, width: 30, height: 40 };
    expect(secondLooks(box, picture, input)).toEqual([
      { x: 800, y: 550, width: 400, height: 300 },
      { x: 900, y: 625, width: 200, height: 150 },
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

  it('believes a face that is seen again in its place', () => {
    expect(confirms([{ ...box, x: 104, score: 0.95 }], box)).toBe(true);
  });

  it('doubts one that is seen again only faintly, elsewhere or not at all', () => {
    expect(confirms([{ ...box, score: 0.85 }], box)).toBe(false);
    expect(confirms([{ ...box, x: 125, score: 0.99 }], box)).toBe(false);
    expect(confirms([], box)).toBe(false);
  });
});
