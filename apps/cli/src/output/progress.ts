import { SingleBar } from 'cli-progress';
import { setTimeout as sleep } from 'node:timers/promises';
import { PipelineError } from '#shared/contracts/pipeline-error.js';
import { type ImportView, type IngestApi } from '../client/ingest-api.js';

interface Progress {
  /** Images that have their outcome, whether in this import or before it. */
  readonly done: number;
  /** Images listed so far; still grows while the import lists. */
  readonly total: number;
  readonly imagesPerSecond: number;
  readonly facesPerSecond: number;
  /** Null while nothing can be said. */
  readonly secondsLeft: number | null;
}

export function progressOf(view: ImportView): Progress {
  const fresh = sum(view.counts);
  const done = fresh + sum(view.alreadyDone);
  const imagesPerSecond = view.imagesPerSecond ?? 0;
  return {
    done,
    total: Math.max(view.listed, done),
    imagesPerSecond,
    facesPerSecond: fresh === 0 ? 0 : (imagesPerSecond * view.faces) / fresh,
    secondsLeft: view.status === 'listing' ? null : view.secondsLeft,
  };
}

export function isOver(view: ImportView): boolean {
  return view.status === 'done' || view.status === 'failed' || view.status === 'cancelled';
}

/** `1:05`, `2:03:09`, or `–` when unknown. */
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

export function describeProgress(progress: Progress): string {
  return (
    `${progress.done}/${progress.total} images  ${progress.imagesPerSecond.toFixed(1)} images/s  ` +
    `${progress.facesPerSecond.toFixed(1)} faces/s  time left ${formatSeconds(progress.secondsLeft)}`
  );
}

/** How long a finished import took, and how fast it was on the images that were new. */
export function describePace(view: ImportView): string {
  const fresh = sum(view.counts);
  const seconds = ((view.finishedAt ?? new Date()).getTime() - view.startedAt.getTime()) / 1_000;
  if (fresh === 0) return `nothing new (${seconds.toFixed(1)} s)`;
  const rate = (count: number) => (count / Math.max(seconds, 0.001)).toFixed(1);
  return (
    `${fresh} images with ${view.faces} faces in ${seconds.toFixed(1)} s: ` +
    `${rate(fresh)} images/s, ${rate(view.faces)} faces/s`
  );
}

function sum(counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((total, count) => total + count, 0);
}

/** How often progress is printed where there is no terminal to draw on, milliseconds. */
const LINE_EVERY_MS = 5_000;

/** Progress of an import: a bar on a terminal, a line now and then elsewhere. On stderr. */
export class ProgressBar {
  private readonly bar: SingleBar | null;
  private lastLine = Date.now();

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
    } else if (Date.now() - this.lastLine > LINE_EVERY_MS) {
      this.lastLine = Date.now();
      console.error(`  ${describeProgress(progress)}`);
    }
  }

  stop(): void {
    this.bar?.stop();
  }
}

const MB = 1_000_000;

/** Tells now and then, on stderr, how much of a file has come. */
export function downloadProgress(what: string): (received: number, total: number | null) => void {
  let lastLine = Date.now();
  return (received, total) => {
    if (Date.now() - lastLine < LINE_EVERY_MS) return;
    lastLine = Date.now();
    const megabytes = (bytes: number) => (bytes / MB).toFixed(0);
    const of = total === null ? '' : ` of ${megabytes(total)}`;
    console.error(`  ${what}: ${megabytes(received)}${of} MB`);
  };
}

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
