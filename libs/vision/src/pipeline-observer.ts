/**
 * Interface for measuring the model path, so that libs/vision does not depend on a
 * metrics library.
 */
import { type NetworkRole } from './inference/inference-messages.js';

/** Stages of one image in order. The last three occur only when faces were found. */
export type PipelineStage = 'decode' | 'detect' | 'landmarks' | 'align' | 'embed';

/** Receives measurements of the model path. Must be fast and must not throw. */
export interface PipelineObserver {
  /**
   * A stage of one image has ended, successfully or not. Its time includes waiting for a batch. `align`
   * computes where the faces lie; cutting them out of the picture is part of `embed`.
   * @param begin value of performance.now(), milliseconds
   * @param end value of performance.now(), milliseconds
   */
  stage(stage: PipelineStage, begin: number, end: number): void;
  /** A batch starts. @param waitedMs how long its first item has waited, milliseconds */
  batch(role: NetworkRole, items: number, waitedMs: number): void;
}

export const NO_OBSERVER: PipelineObserver = { stage: () => undefined, batch: () => undefined };

/** Runs a stage and reports its time, whether it succeeds or fails. */
export async function observed<T>(
  observer: PipelineObserver,
  stage: PipelineStage,
  work: () => Promise<T>,
): Promise<T> {
  const begin = performance.now();
  try {
    return await work();
  } finally {
    observer.stage(stage, begin, performance.now());
  }
}
