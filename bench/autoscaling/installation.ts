/** What a stage runs on. */
export interface Installation {
  /** Of a replica. */
  readonly imagesPerSecond: number;
  /** Images that a replica holds while more wait: EMBEDDER_CONCURRENCY, MATCHER_CONCURRENCY. */
  readonly inHand: number;
  /** How long it holds one while none waits; at most 1. */
  readonly secondsInHand: number;
  /** From the decision until a new replica works: node, image, networks. */
  readonly startSeconds: number;
  /** Of a replica; in whatever money. */
  readonly pricePerHour: number;
}

/** Ingest's defaults. */
export const HIGH_WATER = 10_000;
export const LOW_WATER = 5_000;

/** Images/s of an import that ingest puts on the queue, by its CPU: docs/scaling.md. */
export const LISTED_PER_SECOND = 4_000;
