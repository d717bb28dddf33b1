import { describe, expect, it } from '@jest/globals';
import { planPage } from './plan-page.js';

function object(key: string, lastModified: Date) {
  return { key, version: `v-${key}`, size: 1, lastModified };
}

describe('planPage', () => {
  it('keeps images with their version and time, and counts the rest', () => {
    const time = new Date('2024-05-06T07:08:09.100Z');
    const objects = [object('a.jpg', time), object('b.txt', time)];
    expect(planPage({ objects, cursor: 'b.txt' })).toEqual({
      images: [['a.jpg', 'v-a.jpg', '2024-05-06T07:08:09.100Z']],
      skipped: 1,
      cursor: 'b.txt',
    });
  });

  it('gives no time for a file with an impossible time', () => {
    for (const time of [new Date(NaN), new Date(8e15), new Date(-1e14)]) {
      expect(planPage({ objects: [object('a.jpg', time)], cursor: null }).images).toEqual([
        ['a.jpg', 'v-a.jpg', null],
      ]);
    }
  });
});
