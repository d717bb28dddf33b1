import { describe, expect, it } from '@jest/globals';
import { importView } from '../../../../test/support/import-view.js';
import {
  allAccountedFor,
  describeCodes,
  describeSkipped,
  describeSums,
  sumUp,
} from './accounting.js';

describe('sumUp', () => {
  it('includes images that an earlier run finished', () => {
    const sums = sumUp(
      importView({
        counts: { named: 2, unknown: 1, faceless: 1, refused: 0, failed: 0, cancelled: 0 },
        alreadyDone: { named: 3, unknown: 1, faceless: 1, refused: 1 },
      }),
    );
    expect(sums).toMatchObject({ named: 5, unknown: 2, faceless: 2, refused: 1, alreadyDone: 6 });
    expect(allAccountedFor(sums)).toBe(true);
    expect(describeSums(sums, true)).toBe(
      '5 named + 2 unknown + 2 without a face + 1 refused + 1 skipped = 11 listed',
    );
  });

  it('says that images without an outcome are to come while the import runs', () => {
    const counts = { named: 3, unknown: 0, faceless: 0, refused: 0, failed: 0, cancelled: 0 };
    expect(describeSums(sumUp(importView({ counts })), false)).toBe(
      '3 named + 0 unknown + 0 without a face + 0 refused + 1 skipped so far, of 11 listed',
    );
  });

  it('does not add up while an image failed or is missing', () => {
    const counts = { named: 9, unknown: 0, faceless: 0, refused: 0, failed: 1, cancelled: 0 };
    const sums = sumUp(importView({ counts }));
    expect(allAccountedFor(sums)).toBe(false);
    expect(describeSums(sums, true)).toBe(
      '9 named + 0 unknown + 0 without a face + 0 refused + 1 failed + 1 skipped ≠ 11 listed',
    );
  });
});

describe('describeSkipped', () => {
  it('lists the reasons, most frequent first', () => {
    const skippedBy = { video: 2, ignored: 12, 'link-outside': 2 };
    expect(describeSkipped(importView({ skippedBy }))).toBe('ignored 12, link-outside 2, video 2');
    expect(describeSkipped(importView({ skippedBy: {} }))).toBeNull();
  });
});

describe('describeCodes', () => {
  it('lists the error codes, most frequent first', () => {
    const problems = { IMAGE_EMPTY: 2, INTERNAL: 2, IMAGE_TRUNCATED: 40 };
    expect(describeCodes(importView({ problems }))).toBe(
      'IMAGE_TRUNCATED 40, IMAGE_EMPTY 2, INTERNAL 2',
    );
  });

  it('is null if no image was refused or failed', () => {
    expect(describeCodes(importView({}))).toBeNull();
  });
});
