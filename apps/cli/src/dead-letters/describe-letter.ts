import {
  type DeadLetter,
  type DeadLetterCounts,
  type DeadLetterDetails,
  type ReplaySummary,
} from '../client/dead-letter-schemas.js';
import { formatTable, printable } from '../output/table.js';

const HEAD = ['LETTER', 'DIED', 'CODE', 'STAGE', 'TRIES', 'FROM', 'INPUT'];

export function letterTable(letters: readonly DeadLetter[]): string {
  const rows = letters.map((letter) => [
    letter.id,
    letter.diedAt.slice(0, 19).replace('T', ' '),
    letter.code,
    letter.stage,
    letter.attempts + letter.crashes,
    originOf(letter),
    inputOf(letter),
  ]);
  return formatTable(HEAD, rows);
}

/** How many there are of each code, whatever was listed. */
export function countsTable({ total, forgotten, counts }: DeadLetterCounts): string {
  const lines = [`${total} dead letters in all`];
  if (total > 0) {
    const rows = counts.map(({ code, stage, count }) => [count, code, stage]);
    lines.push(formatTable(['COUNT', 'CODE', 'STAGE'], rows));
  }
  if (forgotten > 0) lines.push(`forgotten, too old or too many: ${forgotten}`);
  return lines.join('\n');
}

/** Everything that is known, a line each; its job's data as JSON. */
export function letterDetails(letter: DeadLetterDetails): string {
  const { job, versions, engine, crashes, lastCrashedWorker: last } = letter;
  const facts: [string, string | null][] = [
    ['letter', letter.id],
    ['error', `${letter.code}: ${letter.message}`],
    ...letter.causes.map((cause): [string, string] => ['because of', cause]),
    ['stage', `${letter.stage}, ${letter.class}`],
    ['input', inputOf(letter) || null],
    ['version', letter.image?.version ?? null],
    ['from', originOf(letter) || null],
    ['imports', letter.imports.join(', ') || null],
    ['tried', `${letter.attempts} times by ${letter.worker ?? 'nobody'}`],
    ['crashes', crashes === 0 ? null : `${crashes}${last === null ? '' : `, last of ${last}`}`],
    ['replayed', letter.replays === 0 ? null : `${letter.replays} times before`],
    ['added', letter.addedAt],
    ['died', letter.diedAt],
    ...engine.map(({ role, pack, ...on }): [string, string] => [
      role,
      `${pack} on ${on.engine}, ${on.device}, ${on.precision}`,
    ]),
    ['space', versions.space],
    ['runs', `Sightline ${versions.sightline}, Node ${versions.node}`],
    [
      'job',
      job && `${letter.queue ?? ''} ${job.id}${job.replayable ? '' : ', cannot be replayed'}`,
    ],
    ['data', job && JSON.stringify(job.data)],
  ];
  return facts
    .filter(([, value]) => value !== null)
    .map(([name, value]) => `${name.padEnd(10)}  ${printable(value!)}`)
    .join('\n');
}

export function describeReplay({ replayed, busy, notReplayable }: ReplaySummary): string {
  return [
    `replayed: ${replayed}`,
    ...(busy > 0 ? [`still in a worker's hands, replay them again in a moment: ${busy}`] : []),
    ...(notReplayable > 0 ? [`nothing is kept that could be replayed: ${notReplayable}`] : []),
  ].join('\n');
}

function originOf({ source }: DeadLetter): string {
  if (!source) return '';
  return [source.kind, source.importId ?? source.cameraId ?? ''].join(' ').trim();
}

function inputOf({ image, queue, job }: DeadLetter): string {
  if (image) return `${image.store}/${image.key}`;
  return job ? `${queue ?? ''} ${job.id}` : '';
}
