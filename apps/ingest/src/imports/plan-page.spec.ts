import { describe, expect, it } from '@jest/globals';
import { IgnoredNames } from './ignored-names.js';
import { planPage } from './plan-page.js';

const ALL = { prefix: '', single: false };
const IGNORED = new IgnoredNames(['.*']);

function object(key: string, lastModified: Date) {
  return { key, version: `v-${key}`, size: 1, lastModified };
}

describe('planPage', () => {
  it('keeps images with their version and time, and counts the rest', () => {
    const time = new Date('2024-05-06T07:08:09.100Z');
    const objects = [object('a.jpg', time), object('b.txt', time)];
    const skipped = [{ key: 'aa.jpg', reason: 'link-outside' as const }];
    expect(planPage({ objects, skipped, cursor: 'b.txt' }, ALL, IGNORED)).toEqual({
      images: [['a.jpg', 'v-a.jpg', '2024-05-06T07:08:09.100Z']],
      skipped: 2,
      skippedObjects: [
        ['aa.jpg', 'link-outside'],
        ['b.txt', 'not-an-image'],
      ],
      cursor: 'b.txt',
    });
  });

  it('skips ignored names, unless the import is of that object', () => {
    const objects = [object('x/.a.jpg', new Date(0)), object('x/.a.jpg.jpg', new Date(0))];
    const page = { objects, skipped: [], cursor: 'x/.a.jpg.jpg' };
    expect(planPage(page, ALL, IGNORED)).toMatchObject({ images: [], skipped: 2 });
    expect(planPage(page, { prefix: 'x/.a.jpg', single: true }, IGNORED)).toMatchObject({
      images: [['x/.a.jpg', 'v-x/.a.jpg', '1970-01-01T00:00:00.000Z']],
      skipped: 0,
      cursor: null,
    });
  });

  it('gives no time for a file with an impossible time', () => {
    for (const time of [new Date(NaN), new Date(8e15), new Date(-1e14)]) {
      const objects = [object('a.jpg', time)];
      expect(planPage({ objects, skipped: [], cursor: null }, ALL, IGNORED).images).toEqual([
        ['a.jpg', 'v-a.jpg', null],
      ]);
    }
  });
});
