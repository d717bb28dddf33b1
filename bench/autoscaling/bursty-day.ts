import { seededRandom } from '../../test/support/vector-records.js';

export const DAY_SECONDS = 86_400;

export interface Import {
  /** Second of the day. */
  readonly at: number;
  readonly images: number;
}

export interface Day {
  /** Images of cameras in each second. */
  readonly live: readonly number[];
  readonly imports: readonly Import[];
}

const HOUR = 3_600;

/** Cameras that sleep at night, six rushes of five minutes, and imports of all sizes. */
export function burstyDay(seed: number): Day {
  const random = seededRandom(seed);
  const rushes = Array.from({ length: 6 }, () => 6 * HOUR + random() * 14 * HOUR);
  const live = Array.from({ length: DAY_SECONDS }, (_, second) => {
    const light = Math.max(0, Math.sin(((second / HOUR - 6) / 14) * Math.PI));
    const rush = rushes.some((at) => second >= at && second < at + 300) ? 4 : 1;
    return poisson((1 + 10 * light) * rush, random);
  });
  const large: Import[] = [
    { at: 2 * HOUR, images: 300_000 },
    { at: 9.5 * HOUR, images: 400_000 },
    { at: 14 * HOUR, images: 800_000 },
  ];
  const small = Array.from({ length: 12 }, () => ({
    at: Math.floor(random() * 22 * HOUR),
    images: Math.floor(1_000 + random() * 30_000),
  }));
  return { live, imports: [...large, ...small].sort((a, b) => a.at - b.at) };
}

/** Knuth's: the mean is small here. */
function poisson(mean: number, random: () => number): number {
  const limit = Math.exp(-mean);
  let count = 0;
  for (let product = random(); product > limit; product *= random()) count++;
  return count;
}
