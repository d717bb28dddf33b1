import { describe, expect, it } from '@jest/globals';
import { importView } from '../../../../test/support/import-view.js';
import { describePace, formatSeconds, isOver, progressOf } from './progress.js';

const NONE = { named: 0, unknown: 0, faceless: 0, refused: 0, failed: 0, cancelled: 0 };

describe('progressOf', () => {
  it('estimates faces per second from the faces found so far', () => {
    expect(progressOf(importView({ counts: { ...NONE, named: 4 } }))).toMatchObject({
      done: 4,
      total: 10,
      imagesPerSecond: 8,
      facesPerSecond: 24,
      secondsLeft: 3,
    });
  });

  it('gives no time left while the archive is being listed', () => {
    expect(progressOf(importView({ status: 'listing' })).secondsLeft).toBeNull();
  });

  it.each([
    ['running', false],
    ['paused', false],
    ['done', true],
    ['cancelled', true],
    ['failed', true],
  ] as const)('knows whether an import with status %s is over', (status, over) => {
    expect(isOver(importView({ status }))).toBe(over);
  });
});

describe('describePace', () => {
  const finishedAt = new Date(2_000).toISOString();

  it('says how fast the new images were', () => {
    const view = importView({ finishedAt, faces: 3, counts: { ...NONE, named: 1 } });
    expect(describePace(view)).toBe('1 image with 3 faces in 2.0 s: 0.5 images/s, 1.5 faces/s');
  });

  it('says that there was no new image', () => {
    expect(describePace(importView({ finishedAt }))).toBe('no new images (2.0 s)');
  });
});

describe('formatSeconds', () => {
  it.each([
    [null, '–'],
    [4.2, '0:05'],
    [65, '1:05'],
    [7389, '2:03:09'],
  ])('writes %s as %s', (seconds, text) => {
    expect(formatSeconds(seconds)).toBe(text);
  });
});
