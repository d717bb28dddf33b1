/** Progress of an import on the terminal: as numbers, as text, as a bar. */
import { SingleBar } from 'cli-progress';
import { setTimeout as sleep } from 'node:timers/promises';
import pRetry from 'p-retry';
import { type ApiClient } from '#shared/client/api-client.js';
import { importsHttp, type ImportView } from '#shared/contracts/http/imports.http.js';
import { PipelineError } from '#shared/contracts/pipeline-error.js';
import { quantity } from './table.js';

const POLL_MS = 250;
/** A crashed service is restarted within this time; after it, followImport gives up. */
const UNAVAILABLE_TIMEOUT_MS = 60_000;
const LINE_INTERVAL_MS = 5_000;
const BYTES_PER_MB = 1_000_000;

/** Shows the progress of an import until it is over. Survives a restart of ingest. */
export async function followImport(
  ingest: ApiClient,
  id: string,
  signal?: AbortSignal,
): Promise<ImportView> {
  const bar = new ProgressBar();
  let unavailable = false;
  const reportOutage = ({ error }: { readonly error: Error }) => {
    if (unavailable || !(error instanceof PipelineError)) return;
    unavailable = true;
    const seconds = UNAVAILABLE_TIMEOUT_MS / 1_000;
    console.error(`${error.code}: ${error.message}; trying again for up to ${seconds} s`);
  };
  try {
    for (;;) {
      signal?.throwIfAborted();
      const view = await pRetry(() => ingest.call(importsHttp.read, { params: { id } }), {
        retries: Infinity,
        factor: 1,
        minTimeout: POLL_MS,
        maxRetryTime: UNAVAILABLE_TIMEOUT_MS,
        shouldRetry: ({ error }) => error instanceof PipelineError && error.retryable,
        onFailedAttempt: reportOutage,
        signal,
      });
      unavailable = false;
      bar.update(progressOf(view));
      if (isOver(view)) return view;
      await sleep(POLL_MS, undefined, signal && { signal });
    }
  } finally {
    bar.stop();
  }
}

/** Progress as a bar on a terminal, otherwise as a line every few seconds. Writes to stderr. */
export class ProgressBar {
  private readonly bar: SingleBar | null;
  private readonly printLine = lineEveryFewSeconds();

  constructor() {
    this.bar = process.stderr.isTTY
      ? new SingleBar({
          format:
            '  {bar} {value}/{total} images  {imagesPerSecond} images/s  {facesPerSecond} faces/s  time left {left}',
          barsize: 30,
          barCompleteChar: '█',
          barIncompleteChar: '░',
          hideCursor: true,
        })
      : null;
    this.bar?.start(0, 0, { imagesPerSecond: '0', facesPerSecond: '0', left: '–' });
  }

  update(progress: Progress): void {
    if (this.bar) {
      this.bar.setTotal(progress.total);
      this.bar.update(progress.done, {
        imagesPerSecond: progress.imagesPerSecond.toFixed(1),
        facesPerSecond: progress.facesPerSecond.toFixed(1),
        left: formatSeconds(progress.secondsLeft),
      });
    } else {
      this.printLine(() => describeProgress(progress));
    }
  }

  stop(): void {
    this.bar?.stop();
  }
}

/** Prints a line to stderr every few seconds that says how much of a file has been downloaded. */
export function downloadProgress(what: string): (received: number, total: number | null) => void {
  const printLine = lineEveryFewSeconds();
  const megabytes = (bytes: number) => (bytes / BYTES_PER_MB).toFixed(0);
  return (received, total) => {
    const of = total === null ? '' : ` of ${megabytes(total)}`;
    printLine(() => `${what}: ${megabytes(received)}${of} MB`);
  };
}

/** Prints a line to stderr if the last one is a few seconds old; otherwise does nothing. */
export function lineEveryFewSeconds(): (text: () => string) => void {
  let lastLine = Date.now();
  return (text) => {
    if (Date.now() - lastLine < LINE_INTERVAL_MS) return;
    lastLine = Date.now();
    console.error(`  ${text()}`);
  };
}

interface Progress {
  /** Images with an outcome, from this import or an earlier one. */
  readonly done: number;
  /** Images listed so far. Grows while the import is listing. */
  readonly total: number;
  readonly imagesPerSecond: number;
  readonly facesPerSecond: number;
  /** Null if not known. */
  readonly secondsLeft: number | null;
}

export function progressOf(view: ImportView): Progress {
  const fresh = sum(view.counts);
  const done = fresh + sum(view.alreadyDone);
  const imagesPerSecond = view.imagesPerSecond ?? 0;
  return {
    done,
    total: Math.max(view.listed - view.skipped, done),
    imagesPerSecond,
    facesPerSecond: fresh === 0 ? 0 : (imagesPerSecond * view.faces) / fresh,
    secondsLeft: view.status === 'listing' ? null : view.secondsLeft,
  };
}

export function isOver(view: ImportView): boolean {
  return view.status === 'done' || view.status === 'failed' || view.status === 'cancelled';
}

export function describeProgress(progress: Progress): string {
  return (
    `${progress.done}/${quantity(progress.total, 'image')}  ${progress.imagesPerSecond.toFixed(1)} images/s  ` +
    `${progress.facesPerSecond.toFixed(1)} faces/s  time left ${formatSeconds(progress.secondsLeft)}`
  );
}

/** Duration of a finished import, and its speed over the images that were new. */
export function describePace(view: ImportView): string {
  const fresh = sum(view.counts);
  const end = view.finishedAt === null ? Date.now() : Date.parse(view.finishedAt);
  const seconds = (end - Date.parse(view.startedAt)) / 1_000;
  if (fresh === 0) return `no new images (${seconds.toFixed(1)} s)`;
  const rate = (count: number) => (count / Math.max(seconds, 0.001)).toFixed(1);
  return (
    `${quantity(fresh, 'image')} with ${quantity(view.faces, 'face')} in ${seconds.toFixed(1)} s: ` +
    `${rate(fresh)} images/s, ${rate(view.faces)} faces/s`
  );
}

/** `1:05`, `2:03:09`, or `–` if not known. */
export function formatSeconds(seconds: number | null): string {
  if (seconds === null || !Number.isFinite(seconds)) return '–';
  const whole = Math.ceil(seconds);
  const two = (value: number) => String(value).padStart(2, '0');
  const hours = Math.floor(whole / 3600);
  const minutes = Math.floor(whole / 60) % 60;
  return hours > 0
    ? `${hours}:${two(minutes)}:${two(whole % 60)}`
    : `${minutes}:${two(whole % 60)}`;
}

function sum(counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((total, count) => total + count, 0);
}
