import { describe, expect, it } from '@jest/globals';
import { type ImportView } from '../client/ingest-api.js';
import { allAccountedFor, describeCodes, describeSums, sumUp } from './accounting.js';
import { isOver, progressOf } from './progress.js';

const NONE = { named: 0, unknown: 0, faceless: 0, refused: 0 };

function view(changes: Partial<ImportView>): ImportView {
  return {
    id: '1',
    store: 'archive',
    prefix: '',
    status: 'running',
    listed: 10,
    skipped: 1,
    faces: 12,
    pending: 0,
    imagesPerSecond: 8,
    secondsLeft: 3,
    startedAt: new Date(0),
    error: null,
    finishedAt: null,
    counts: { ...NONE, failed: 0, cancelled: 0 },
    alreadyDone: NONE,
    problems: {},
    ...changes,
  };
}

describe('accounting of an import', () => {
  it('takes images done in an earlier run into account', () => {
    const sums = sumUp(
      view({
        counts: { named: 2, unknown: 1, faceless: 1, refused: 0, failed: 0, cancelled: 0 },
        alreadyDone: { named: 3, unknown: 1, faceless: 1, refused: 1 },
      }),
    );
    expect(sums).toMatchObject({ named: 5, unknown: 2, faceless: 2, refused: 1, alreadyDone: 6 });
    expect(allAccountedFor(sums)).toBe(true);
    expect(describeSums(sums)).toBe(
      '5 named + 2 unknown + 2 without a face + 1 refused = 10 listed',
    );
  });

  it('does not add up while an image failed or is missing', () => {
    const counts = { named: 9, unknown: 0, faceless: 0, refused: 0, failed: 1, cancelled: 0 };
    const sums = sumUp(view({ counts }));
    expect(allAccountedFor(sums)).toBe(false);
    expect(describeSums(sums)).toBe(
      '9 named + 0 unknown + 0 without a face + 0 refused + 1 failed ≠ 10 listed',
    );
  });
});

describe('describeCodes', () => {
  it('names the error codes, most frequent first', () => {
    const problems = { IMAGE_EMPTY: 2, INTERNAL: 2, IMAGE_TRUNCATED: 40 };
    expect(describeCodes(view({ problems }))).toBe('IMAGE_TRUNCATED 40, IMAGE_EMPTY 2, INTERNAL 2');
  });

  it('says nothing when nothing was refused or failed', () => {
    expect(describeCodes(view({}))).toBeNull();
  });
});

describe('progressOf', () => {
  it('gives faces per second by what was found so far', () => {
    const counts = { named: 4, unknown: 0, faceless: 0, refused: 0, failed: 0, cancelled: 0 };
    expect(progressOf(view({ counts }))).toMatchObject({
      done: 4,
      total: 10,
      imagesPerSecond: 8,
      facesPerSecond: 24,
      secondsLeft: 3,
    });
  });

  it('tells no time left while the archive is still being listed', () => {
    expect(progressOf(view({ status: 'listing' })).secondsLeft).toBeNull();
  });

  it.each([
    ['running', false],
    ['paused', false],
    ['done', true],
    ['cancelled', true],
    ['failed', true],
  ] as const)('knows whether an import that is %s is over', (status, over) => {
    expect(isOver(view({ status }))).toBe(over);
  });
});
