import { markdownTable } from '../accuracy/markdown-table.js';
import { type Day } from './bursty-day.js';
import { type Candidate } from './candidates.js';
import { type Installation } from './installation.js';
import { simulate } from './simulate.js';

const HEAD = [
  'waits, s:',
  'live half',
  '95 %',
  '99 %',
  'archive half',
  '99 %',
  'longest import, h',
  'replica hours',
  'cost',
  'changes',
  'left at midnight',
];

/** Every candidate on one day, as Markdown. */
export function dayTable(
  day: Day,
  installation: Installation,
  candidates: readonly Candidate[],
): string {
  const rows = candidates.map(({ name, fleet }) => {
    const report = simulate(day, installation, fleet(installation));
    const { liveWaits, archiveWaits, longestImport, replicaHours, cost, changes, left } = report;
    return [
      name,
      ...[...liveWaits, ...archiveWaits].map(String),
      longestImport.toFixed(1),
      replicaHours.toFixed(0),
      cost.toFixed(1),
      String(changes),
      left.toLocaleString('en'),
    ];
  });
  return markdownTable(HEAD, rows, 1).join('\n');
}
