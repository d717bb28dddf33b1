import { setTimeout as sleep } from 'node:timers/promises';
import { PipelineError } from '#shared/contracts/pipeline-error.js';
import { type ImportView, type IngestApi } from '../client/ingest-api.js';
import { ProgressBar } from './progress-bar.js';
import { isOver, progressOf } from './progress.js';

const POLL_MS = 250;
/** A service that crashed is back by then, or does not come back. */
const PATIENCE_MS = 60_000;

/** Shows an import's progress until it is over. */
export async function followImport(
  ingest: IngestApi,
  id: string,
  signal?: AbortSignal,
): Promise<ImportView> {
  const bar = new ProgressBar();
  let answered = Date.now();
  try {
    for (;;) {
      signal?.throwIfAborted();
      const view = await ingest.readImport(id).catch((error: unknown) => {
        const away = error instanceof PipelineError && error.retryable;
        if (!away || Date.now() - answered > PATIENCE_MS) throw error;
        return null;
      });
      if (view) {
        answered = Date.now();
        bar.update(progressOf(view));
        if (isOver(view)) return view;
      }
      await sleep(POLL_MS, undefined, signal && { signal });
    }
  } finally {
    bar.stop();
  }
}
