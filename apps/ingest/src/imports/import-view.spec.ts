import { describe, expect, it } from '@jest/globals';
import { parseCounts, parseState, type ImportProgress } from './import-state.js';
import { importView } from './import-view.js';

const NOW = 1_700_000_100_000;

function progress(state: Record<string, string>, counts: Record<string, string>): ImportProgress {
  const base = { id: '7', tenant: 't', store: 's', prefix: '', startedAt: String(NOW - 100_000) };
  return { state: parseState({ ...base, ...state })!, counts: parseCounts(counts) };
}

describe('importView', () => {
  it('counts listed images without an outcome as pending', () => {
    const view = importView(
      progress(
        { status: 'running', listed: '100', 'already:named': '10', 'already:refused': '1' },
        {
          named: '5',
          unknown: '4',
          faceless: '3',
          refused: '2',
          failed: '1',
          faces: '30',
          'code:IMAGE_EMPTY': '3',
          'code:INTERNAL': '1',
        },
      ),
      NOW,
    );
    expect(view).toMatchObject({ pending: 74, faces: 30, alreadyDone: { named: 10, refused: 1 } });
    expect(view.problems).toEqual({ IMAGE_EMPTY: 3, INTERNAL: 1 });
  });

  it('forecasts the end once everything is listed and the rate is fresh', () => {
    const measured = { listed: '100', rate: '4', rateAt: String(NOW - 1000) };
    const counts = { named: '50' };
    const read = (state: Record<string, string>) => {
      const view = importView(progress({ ...measured, ...state }, counts), NOW);
      return [view.imagesPerSecond, view.secondsLeft];
    };
    expect(read({ status: 'running' })).toEqual([4, 13]);
    expect(read({ status: 'listing' })).toEqual([4, null]);
    expect(read({ status: 'running', rateAt: String(NOW - 60_000) })).toEqual([null, null]);
    expect(read({ status: 'running', rate: '0' })).toEqual([0, null]);
  });

  it('gives the average rate after the end', () => {
    const view = importView(
      progress({ status: 'done', listed: '50', finishedAt: String(NOW) }, { unknown: '50' }),
      NOW + 1e9,
    );
    expect(view).toMatchObject({
      imagesPerSecond: 0.5,
      secondsLeft: null,
      finishedAt: new Date(NOW).toISOString(),
    });
  });
});
