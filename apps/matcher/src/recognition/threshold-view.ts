import { type Threshold } from './threshold.js';

/** A threshold as answers show it; null when the pack is uncalibrated. */
export function thresholdView(threshold: Threshold | null) {
  return { threshold: threshold?.score ?? null, thresholdBasis: threshold?.basis ?? null };
}
