import { type ImportStatus } from '#shared/contracts/import-status.js';
import {
  pending,
  processed,
  type ImportCounts,
  type ImportError,
  type ImportProgress,
  type ImportState,
} from './import-state.js';

/** A rate that is older than this is ignored: no runner updates it. */
const RATE_VALID_MS = 10_000;

/** An import as the API shows it. Times are ISO 8601. */
export interface ImportView {
  readonly id: string;
  readonly tenant: string;
  readonly store: string;
  readonly prefix: string;
  readonly status: ImportStatus;
  readonly listed: number;
  readonly skipped: number;
  readonly counts: Omit<ImportCounts, 'faces' | 'problems'>;
  readonly alreadyDone: ImportState['alreadyDone'];
  readonly problems: ImportCounts['problems'];
  readonly faces: number;
  readonly pending: number;
  /** The current rate; after the end, the average over the whole import. */
  readonly imagesPerSecond: number | null;
  /** Null when unknown, which includes the time of listing. */
  readonly secondsLeft: number | null;
  readonly startedAt: string;
  readonly finishedAt: string | null;
  readonly error: ImportError | null;
}

export function importView(progress: ImportProgress, now: number): ImportView {
  const { state, counts } = progress;
  const { faces, problems, ...outcomes } = counts;
  const left = pending(progress);
  const rate = imagesPerSecond(progress, now);
  const known = state.status === 'running' && rate !== null && rate > 0;
  return {
    id: state.id,
    tenant: state.tenant,
    store: state.store,
    prefix: state.prefix,
    status: state.status,
    listed: state.listed,
    skipped: state.skipped,
    counts: outcomes,
    alreadyDone: state.alreadyDone,
    problems,
    faces,
    pending: left,
    imagesPerSecond: rate === null ? null : Math.round(rate * 10) / 10,
    secondsLeft: known ? Math.ceil(left / rate) : null,
    startedAt: new Date(state.startedAt).toISOString(),
    finishedAt: state.finishedAt === null ? null : new Date(state.finishedAt).toISOString(),
    error: state.error,
  };
}

function imagesPerSecond(progress: ImportProgress, now: number): number | null {
  const { state } = progress;
  if (state.finishedAt !== null) {
    const seconds = (state.finishedAt - state.startedAt) / 1000;
    return seconds > 0 ? processed(progress) / seconds : null;
  }
  return now - state.measuredAt <= RATE_VALID_MS ? state.imagesPerSecond : null;
}
