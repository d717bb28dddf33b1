import { type Command } from 'commander';
import { usageError } from '#shared/contracts/pipeline-error.js';
import { loadCliConfig } from '../cli.config.js';
import {
  type DeadLetter,
  type DeadLetterCounts,
  type DeadLetterDetails,
  type ReplaySummary,
  type DeadLetterFilter,
} from '../client/dead-letters-api.js';
import { findServices } from '../client/find-services.js';
import { parseMoment, parseCount } from '../output/parse-options.js';
import { formatTable, printable } from '../output/table.js';

const HEAD = ['LETTER', 'DIED', 'CODE', 'STAGE', 'TRIES', 'FROM', 'INPUT'];

function letterTable(letters: readonly DeadLetter[]): string {
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
function countsTable({ total, forgotten, counts }: DeadLetterCounts): string {
  const lines = [`${total} dead letters in all`];
  if (total > 0) {
    const rows = counts.map(({ code, stage, count }) => [count, code, stage]);
    lines.push(formatTable(['COUNT', 'CODE', 'STAGE'], rows));
  }
  if (forgotten > 0) lines.push(`forgotten, too old or too many: ${forgotten}`);
  return lines.join('\n');
}

/** Everything that is known, a line each; its job's data as JSON. */
function letterDetails(letter: DeadLetterDetails): string {
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

function describeReplay({ replayed, busy, notReplayable }: ReplaySummary): string {
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

interface FilterOptions {
  readonly code?: string;
  readonly stage?: string;
  readonly class?: string;
  readonly queue?: string;
  readonly import?: string;
  readonly since?: string;
  readonly until?: string;
  readonly json: boolean;
}

interface SelectOptions extends FilterOptions {
  readonly all: boolean;
}

interface ListOptions extends FilterOptions {
  readonly limit: number;
}

export function registerDlqCommand(program: Command): void {
  const dlq = program
    .command('dlq')
    .description('dead letters: what ended for good without its result, with the evidence');
  withFilter(dlq.command('list').description('newest first, then how many there are of each code'))
    .option('--limit <count>', 'so many at most', parseCount, 50)
    .action(list);
  dlq
    .command('show')
    .description('everything that is known of one')
    .argument('<id>')
    .option('--json', 'print what the service answers', false)
    .action(show);
  withFilter(dlq.command('replay').description('try again, once the cause is mended'))
    .argument('[id]', 'one of them; or say which by options')
    .option('--all', 'all of them', false)
    .action(replay);
  withFilter(dlq.command('drop').description('forget them; the outcomes of their images stay'))
    .argument('[id]', 'one of them; or say which by options')
    .option('--all', 'all of them', false)
    .action(drop);
}

function withFilter(command: Command): Command {
  return command
    .option('--code <code>', 'those with this error code')
    .option('--stage <stage>', 'those of this stage: fetch, decode, detect, embed, match, emit …')
    .option('--class <class>', 'those whose error is of this class: quarantine, retry')
    .option('--queue <queue>', 'those of this queue')
    .option('--import <id>', 'those of images that this import counts')
    .option(
      '--since <time>',
      'those that died since then: 2026-01-31T12:00, or 2h for two hours ago',
      moment,
    )
    .option('--until <time>', 'those that had died by then', moment)
    .option('--json', 'print what the service answers', false);
}

async function list(options: ListOptions): Promise<void> {
  const { deadLetters } = await findServices(loadCliConfig());
  const letters: DeadLetter[] = [];
  for await (const letter of deadLetters.list(filterOf(options))) {
    letters.push(letter);
    if (letters.length === options.limit) break;
  }
  const counts = await deadLetters.counts();
  if (options.json) {
    console.log(JSON.stringify({ letters, ...counts }, null, 2));
    return;
  }
  if (letters.length > 0) console.log(`${letterTable(letters)}\n`);
  console.log(countsTable(counts));
}

async function show(id: string, options: { json: boolean }): Promise<void> {
  const { deadLetters } = await findServices(loadCliConfig());
  const letter = await deadLetters.read(id);
  console.log(options.json ? JSON.stringify(letter, null, 2) : letterDetails(letter));
}

async function replay(id: string | undefined, options: SelectOptions): Promise<void> {
  const filter = selectionOf(id, options);
  const { deadLetters } = await findServices(loadCliConfig());
  const summary = await deadLetters.replay(filter);
  console.log(options.json ? JSON.stringify(summary) : describeReplay(summary));
  if (summary.busy + summary.notReplayable > 0) process.exitCode = 1;
}

async function drop(id: string | undefined, options: SelectOptions): Promise<void> {
  const filter = selectionOf(id, options);
  const { deadLetters } = await findServices(loadCliConfig());
  const dropped = await deadLetters.drop(filter);
  console.log(options.json ? JSON.stringify({ dropped }) : `dropped: ${dropped}`);
}

/** @throws PipelineError WHICH_LETTERS when it is neither said which, nor that all are meant */
function selectionOf(id: string | undefined, options: SelectOptions): DeadLetterFilter {
  const filter = { ...filterOf(options), ...(id !== undefined && { id }) };
  if (Object.keys(filter).length > 0 || options.all) return filter;
  throw usageError('WHICH_LETTERS', 'name a letter or give an option such as --code; or --all');
}

function filterOf(options: FilterOptions): DeadLetterFilter {
  const { code, stage, class: errorClass, queue, import: importId, since, until } = options;
  const filter = {
    code,
    stage,
    class: errorClass,
    queue,
    import: importId,
    from: since,
    to: until,
  };
  return Object.fromEntries(
    Object.entries(filter).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
}

/** Commander hands the value before, too. */
function moment(text: string): string {
  return parseMoment(text);
}
