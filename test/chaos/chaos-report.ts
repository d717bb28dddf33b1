import { cpus } from 'node:os';
import { type ChaosOptions } from './chaos-options.js';
import { type ChaosRun, type JudgedRound } from './run-chaos.js';
import { isKill, nameOf } from './schedule.js';

/** The figures of a run as Markdown. */
export function chaosReport(
  options: ChaosOptions,
  { images, quiet, rounds, ok }: ChaosRun,
): string {
  const faults = rounds.flatMap((round) => round.faults);
  const kills = faults.filter(({ fault }) => isKill(fault));
  const inTime = kills.filter(({ duringImport }) => duringImport);
  const problems = rounds.flatMap((round) => round.problems);
  return [
    `seed ${options.seed}, ${rounds.length} rounds of ${images} files (${quiet.snapshot.sightings.length} faces)`,
    `store ${options.store}, vector store ${options.vectorStore}, JOB_LOCK_MS ${options.lockMs}`,
    `${cpus().length} × ${cpus()[0]?.model ?? 'CPU'}, Node ${process.version}`,
    '',
    '| fault | injected | during the import |',
    '| --- | ---: | ---: |',
    ...faultRows(faults),
    `| all kills | ${kills.length} | ${inTime.length} |`,
    '',
    '| round | kills | other faults | restarts | seconds | settled after | deliveries / events | equal vectors | Redis | verdict |',
    '| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | --- |',
    row('quiet', { ...quiet, problems: [], equalVectors: quiet.snapshot.sightings.length }),
    ...rounds.map((round, i) => row(String(i + 1), round)),
    '',
    ...unexpectedExitLines(rounds),
    ...problems.slice(0, 50),
    ok ? 'PASSED' : `FAILED: ${problems.length} problems`,
  ].join('\n');
}

function faultRows(faults: JudgedRound['faults']): string[] {
  const names = [...new Set(faults.map(({ fault }) => nameOf(fault)))].sort();
  return names.map((name) => {
    const those = faults.filter(({ fault }) => nameOf(fault) === name);
    return `| ${name} | ${those.length} | ${those.filter((one) => one.duringImport).length} |`;
  });
}

function row(name: string, round: JudgedRound): string {
  const { snapshot, faults, restarts, seconds, settleSeconds, redisBytes } = round;
  const kills = faults.filter(({ fault }) => isKill(fault)).length;
  return `| ${[
    name,
    kills,
    faults.length - kills,
    restarts,
    seconds.toFixed(1),
    `${settleSeconds.toFixed(1)} s`,
    `${snapshot.deliveries.length} / ${snapshot.events.length}`,
    `${round.equalVectors} of ${snapshot.sightings.length}`,
    `${(redisBytes / 1024 ** 2).toFixed(1)} MiB`,
    round.problems.length === 0 ? 'same as the quiet run' : 'DIFFERENT',
  ].join(' | ')} |`;
}

/** Processes that exited without being killed. A service may do so if a dependency is unavailable while it starts. */
function unexpectedExitLines(rounds: readonly JudgedRound[]): string[] {
  const counts = new Map<string, number>();
  for (const how of rounds.flatMap((round) => round.unexpectedExits)) {
    counts.set(how, (counts.get(how) ?? 0) + 1);
  }
  return [...counts].map(([how, count]) => `exited without being killed: ${how} (${count} times)`);
}
