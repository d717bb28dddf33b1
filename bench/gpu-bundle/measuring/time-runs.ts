import { median } from '../../support/figures.js';

/** Number of rounds. Their medians are close together if no other work disturbed the device. */
const ROUNDS = 3;

export interface Timing {
  /** Median of the medians of the rounds. */
  readonly medianMs: number;
  /** Difference between the slowest and the fastest round, as a share of the median. */
  readonly spread: number;
  readonly runs: number;
}

/**
 * Warms up for a third of `seconds`, then measures for `seconds` in three rounds with at least one run each. The first
 * run compiles shaders or selects kernels.
 */
export async function timeRuns(run: () => Promise<unknown>, seconds: number): Promise<Timing> {
  const roundMs = (seconds * 1000) / ROUNDS;
  await run();
  await timesFor(roundMs, run);
  const rounds: number[][] = [];
  for (let round = 0; round < ROUNDS; round++) rounds.push(await timesFor(roundMs, run));
  const medians = rounds.map(median).sort((a, b) => a - b);
  const medianMs = median(medians);
  return {
    medianMs,
    spread: (medians.at(-1)! - medians[0]!) / medianMs,
    runs: rounds.reduce((sum, times) => sum + times.length, 0),
  };
}

/**
 * Measures how much longer `long` takes than `short`. They run in turns, so that other work disturbs both equally, at
 * least three times each.
 * @returns the difference of the medians and the median of `long`, milliseconds
 */
export async function timeDifference(
  short: () => Promise<unknown>,
  long: () => Promise<unknown>,
  seconds: number,
): Promise<{ readonly differenceMs: number; readonly longMs: number }> {
  await short();
  await long();
  const times: { readonly short: number; readonly long: number }[] = [];
  const runBoth = async () => {
    times.push({ short: await timeOf(short), long: await timeOf(long) });
  };
  await timesFor(seconds * 1000, runBoth);
  while (times.length < ROUNDS) await runBoth();
  const longMs = median(times.map(({ long }) => long));
  return { differenceMs: longMs - median(times.map(({ short }) => short)), longMs };
}

async function timesFor(limitMs: number, run: () => Promise<unknown>): Promise<number[]> {
  const times: number[] = [];
  const start = performance.now();
  do {
    times.push(await timeOf(run));
  } while (performance.now() - start < limitMs);
  return times;
}

async function timeOf(run: () => Promise<unknown>): Promise<number> {
  const begin = performance.now();
  await run();
  return performance.now() - begin;
}
