import { type Command } from 'commander';
import {
  type DeadLetterCounts,
  type DeadLetterDetails,
  deadLettersHttp,
  type DeadLetterView,
  type LetterSelection,
  type ReplaySummary,
} from '#shared/contracts/http/dead-letters.http.js';
import { usageError } from '#shared/contracts/pipeline-error.js';
import { loadCliConfig } from '../cli.config.js';
import { findServices } from '../client/services.js';
import { formatTable, printable, quantity } from '../output/table.js';
import { parseMoment, parseCount } from './parse-options.js';

const HEAD = ['LETTER', 'FAILED AT', 'CODE', 'STAGE', 'ATTEMPTS', 'SOURCE', 'INPUT'];

function letterTable(letters: readonly DeadLetterView[]): string {
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

/** Number of all dead letters by code, also of those that the filter leaves out. */
function countsTable({ total, forgotten, counts }: DeadLetterCounts): string {
  const lines = [`total: ${quantity(total, 'dead letter')}`];
  if (total > 0) {
    const rows = counts.map(({ code, stage, count }) => [count, code, stage]);
    lines.push(formatTable(['COUNT', 'CODE', 'STAGE'], rows));
  }
  if (forgotten > 0) lines.push(`deleted, because they were too old or too many: ${forgotten}`);
  return lines.join('\n');
}

/** One line per fact; the data of the job as JSON. */
function letterDetails(letter: DeadLetterDetails): string {
  const { job, versions, engine, crashes, lastCrashedWorker: last } = letter;
  const facts: [string, string | null][] = [
    ['letter', letter.id],
    ['error', `${letter.code}: ${letter.message}`],
    ...letter.causes.map((cause): [string, string] => ['cause', cause]),
    ['stage', `${letter.stage}, ${letter.class}`],
    ['input', inputOf(letter) || null],
    ['version', letter.image?.version ?? null],
    ['source', originOf(letter) || null],
    ['imports', letter.imports.join(', ') || null],
    ['attempts', `${letter.attempts}${letter.worker === null ? '' : `, last by ${letter.worker}`}`],
    ['crashes', crashes === 0 ? null : `${crashes}${last === null ? '' : `, last of ${last}`}`],
    ['replays', letter.replays === 0 ? null : String(letter.replays)],
    ['queued at', letter.addedAt],
    ['failed at', letter.diedAt],
    ...engine.map(({ role, pack, ...on }): [string, string] => [
      role,
      `${pack} on ${on.engine}, ${on.device}, ${on.precision}`,
    ]),
    ['space', versions.space],
    ['versions', `Sightline ${versions.sightline}, Node ${versions.node}`],
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
    ...(busy > 0 ? [`still in progress, replay them again later: ${busy}`] : []),
    ...(notReplayable > 0
      ? [`cannot be replayed, because their jobs were not kept: ${notReplayable}`]
      : []),
  ].join('\n');
}

function originOf({ source }: DeadLetterView): string {
  if (!source) return '';
  return [source.kind, source.importId ?? source.cameraId ?? ''].join(' ').trim();
}

function inputOf({ image, queue, job }: DeadLetterView): string {
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
    .description(
      'list, show, replay and drop dead letters: jobs and images that failed permanently',
    );
  withFilter(
    dlq
      .command('list')
      .description('list dead letters, newest first, and the number of letters by error code'),
  )
    .option('--limit <count>', 'maximum number of letters', parseCount, 50)
    .action(list);
  dlq
    .command('show')
    .description('show all details of a dead letter')
    .argument('<id>', 'id of the letter')
    .option('--json', 'print the JSON response of the service', false)
    .action(show);
  withFilter(
    dlq
      .command('replay')
      .description('run the jobs of dead letters again, after the cause is fixed'),
  )
    .argument('[id]', 'id of one letter; otherwise select letters by options')
    .option('--all', 'select all letters', false)
    .action(replay);
  withFilter(
    dlq
      .command('drop')
      .description('delete dead letters; the outcomes of their images do not change'),
  )
    .argument('[id]', 'id of one letter; otherwise select letters by options')
    .option('--all', 'select all letters', false)
    .action(drop);
}

function withFilter(command: Command): Command {
  return command
    .option('--code <code>', 'only letters with this error code')
    .option(
      '--stage <stage>',
      'only letters of this stage: fetch, decode, detect, embed, match, emit …',
    )
    .option('--class <class>', 'only letters with an error of this class: quarantine or retry')
    .option('--queue <queue>', 'only letters of this queue')
    .option('--import <id>', 'only letters of images of this import')
    .option(
      '--since <time>',
      'only letters that failed at or after this time: 2026-01-31T12:00 (UTC), or 2h for two hours ago',
      moment,
    )
    .option('--until <time>', 'only letters that failed at or before this time', moment)
    .option('--json', 'print the JSON response of the service', false);
}

async function list(options: ListOptions): Promise<void> {
  const { ingest } = await findServices(loadCliConfig());
  const letters: DeadLetterView[] = [];
  const query = filterOf(options);
  for await (const letter of ingest.each(deadLettersHttp.list, { query }, (page) => page.letters)) {
    letters.push(letter);
    if (letters.length === options.limit) break;
  }
  const counts = await ingest.call(deadLettersHttp.counts);
  if (options.json) {
    console.log(JSON.stringify({ letters, ...counts }, null, 2));
    return;
  }
  if (letters.length > 0) console.log(`${letterTable(letters)}\n`);
  console.log(countsTable(counts));
}

async function show(id: string, options: { json: boolean }): Promise<void> {
  const { ingest } = await findServices(loadCliConfig());
  const letter = await ingest.call(deadLettersHttp.read, { params: { id } });
  console.log(options.json ? JSON.stringify(letter, null, 2) : letterDetails(letter));
}

async function replay(id: string | undefined, options: SelectOptions): Promise<void> {
  const body = selectionOf(id, options);
  const { ingest } = await findServices(loadCliConfig());
  const summary = await ingest.call(deadLettersHttp.replay, { body });
  console.log(options.json ? JSON.stringify(summary) : describeReplay(summary));
  if (summary.busy + summary.notReplayable > 0) process.exitCode = 1;
}

async function drop(id: string | undefined, options: SelectOptions): Promise<void> {
  const body = selectionOf(id, options);
  const { ingest } = await findServices(loadCliConfig());
  const { dropped } = await ingest.call(deadLettersHttp.drop, { body });
  console.log(options.json ? JSON.stringify({ dropped }) : `dropped: ${dropped}`);
}

/** @throws PipelineError WHICH_LETTERS when neither a filter nor --all is given */
function selectionOf(id: string | undefined, options: SelectOptions): LetterSelection {
  const filter = { ...filterOf(options), ...(id !== undefined && { id }) };
  if (Object.keys(filter).length > 0) return filter;
  if (options.all) return { all: true };
  throw usageError('WHICH_LETTERS', 'name a letter or give an option such as --code; or --all');
}

/** The service checks the values. */
function filterOf(options: FilterOptions): LetterSelection {
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
  const given = Object.entries(filter).filter(([, value]) => value !== undefined);
  return Object.fromEntries(given);
}

/** Commander passes the previous value as second argument, which parseMoment must not get. */
function moment(text: string): string {
  return parseMoment(text);
}
