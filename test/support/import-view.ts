import { type ImportView } from '#shared/contracts/http/imports.http.js';

const NONE = { named: 0, unknown: 0, faceless: 0, refused: 0 };

/** An import of ten images and a text as ingest returns it, with changes. */
export function importView(changes: Partial<ImportView>): ImportView {
  return {
    id: '1',
    tenant: 'default',
    store: 'archive',
    prefix: '',
    single: false,
    status: 'running',
    listed: 11,
    skipped: 1,
    skippedBy: { 'not-an-image': 1 },
    faces: 12,
    pending: 0,
    imagesPerSecond: 8,
    secondsLeft: 3,
    startedAt: new Date(0).toISOString(),
    error: null,
    finishedAt: null,
    counts: { ...NONE, failed: 0, cancelled: 0 },
    alreadyDone: NONE,
    problems: {},
    ...changes,
  };
}
