import { type ImportView } from '#shared/contracts/http/imports.http.js';
import { pending, processed, type ImportProgress } from './import-state.js';

/** A rate that is older than this is not shown: no runner updates it. */
const RATE_VALID_MS = 10_000;

/** An import as the API shows it. */
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
    single: state.single,
    listed: state.listed + state.skipped,
    skipped: state.skipped,
    skippedBy: state.skippedBy,
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
