import { type NetworkRole } from './inference/inference-messages.js';

/** Steps of one image on the model path, in their order; the last three only where it shows faces. */
export type PipelineStage = 'decode' | 'detect' | 'landmarks' | 'align' | 'embed';

/** Told what the model path does, by whoever measures it. Must be quick, and throw nothing. */
export interface PipelineObserver {
  /**
   * A step of one image is over, also when it failed. Waiting for its batches counts. `align` places the
   * faces; cutting them out is a part of `embed`.
   * @param begin as of performance.now(), milliseconds
   * @param end the same
   */
  stage(stage: PipelineStage, begin: number, end: number): void;
  /** A batch begins. @param waitedMs how long its first item has waited */
  batch(role: NetworkRole, items: number, waitedMs: number): void;
}

export const NO_OBSERVER: PipelineObserver = { stage: () => undefined, batch: () => undefined };

/** Runs a step and tells of it, whether or not it went well. */
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
