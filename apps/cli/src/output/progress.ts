import { type ImportView } from '../client/ingest-api.js';

export interface Progress {
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
