import { seededRandom } from '#models/accuracy/people-bootstrap.js';

/** Random choices that are the same for the same seed, so that a run of a fuzzer can be repeated. */
export class SeededRandom {
  /** Returns a uniform number in [0, 1). */
  readonly uniform: () => number;

  constructor(seed: number) {
    this.uniform = seededRandom(seed);
  }

  /** Returns an integer from 0 to `end` − 1. */
  below(end: number): number {
    return Math.floor(this.uniform() * end);
  }

  /** Returns an item of a non-empty list. */
  pick<T>(from: readonly T[]): T {
    return from[this.below(from.length)]!;
  }

  bytes(length: number): Buffer {
    return Buffer.from(Uint8Array.from({ length }, () => this.below(256)));
  }
}
