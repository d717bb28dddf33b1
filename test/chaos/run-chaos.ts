import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { makeArchive } from './archive.js';
import { type ChaosOptions } from './chaos-options.js';
import { bitwiseEqual, compare } from './compare.js';
import { type RoundResult, runRound } from './round.js';
import { isKill, nameOf, planFaults } from './schedule.js';

export interface JudgedRound extends RoundResult {
  readonly problems: readonly string[];
  readonly equalVectors: number;
}

export interface ChaosRun {
  readonly images: number;
  readonly quiet: RoundResult;
  readonly rounds: readonly JudgedRound[];
  readonly ok: boolean;
}

/** Imports an archive without faults, then in several rounds with faults. Stops at the first round with a problem. */
export async function runChaos(
  options: ChaosOptions,
  say: (line: string) => void,
): Promise<ChaosRun> {
  const folder = await mkdtemp(path.join(tmpdir(), 'sightline-chaos-archive-'));
  const archive = await makeArchive(folder, options);
  try {
    const { vectorStore, lockMs } = options;
    const bed = { archive, vectorStore, lockMs, unreliableReceiver: true };
    const quiet = await runRound({ ...bed, unreliableReceiver: false }, []);
    say(`quiet run: ${summary(quiet)}`);
    const wrong = compare(quiet.snapshot, quiet.snapshot);
    if (wrong.length > 0)
      throw new Error(`the run without faults has problems:\n${wrong.join('\n')}`);
    const rounds: JudgedRound[] = [];
    for (let round = 1; round <= options.rounds; round++) {
      const result = await runRound(bed, planFaults({ ...options, round }));
      const problems = [...compare(quiet.snapshot, result.snapshot), ...result.violations];
      const unkept = result.faults.filter(({ problem }) => problem !== null);
      problems.push(...unkept.map(({ fault, problem }) => `${nameOf(fault)}: ${problem!}`));
      const equalVectors = bitwiseEqual(quiet.snapshot, result.snapshot);
      rounds.push({ ...result, problems, equalVectors });
      say(`round ${round}: ${summary(result)}; ${verdict(problems)}`);
      if (problems.length > 0) break;
    }
    return { images: archive.size, quiet, rounds, ok: rounds.every(isGood) };
  } finally {
    await archive.close();
    await rm(folder, { recursive: true, force: true });
  }
}

function isGood({ problems }: JudgedRound): boolean {
  return problems.length === 0;
}

function summary({ snapshot, faults, seconds }: RoundResult): string {
  const kills = faults.filter(({ fault }) => isKill(fault)).length;
  return [
    `${snapshot.import.listed} images`,
    `${snapshot.sightings.length} sightings`,
    `${kills} kills`,
    `${faults.length - kills} other faults`,
    `${seconds.toFixed(1)} s`,
  ].join(', ');
}

function verdict(problems: readonly string[]): string {
  return problems.length === 0 ? 'as the quiet run' : `${problems.length} PROBLEMS`;
}
