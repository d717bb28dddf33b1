import { InvalidArgumentError, type Command } from 'commander';
import { type z } from 'zod';
import { type ApiClient } from '#shared/client/api-client.js';
import { retentionHttp } from '#shared/contracts/http/retention.http.js';
import { describeError } from '../cli-error.js';
import { loadCliConfig } from '../cli.config.js';
import { findServices } from '../client/services.js';
import { formatTable } from '../output/table.js';
import { parseMoment } from './parse-options.js';

/** In the order in which they are deleted. */
const EXPIRING_KINDS = ['sightings', 'snapshots', 'events'] as const;
type ExpiringKind = (typeof EXPIRING_KINDS)[number];

type Request = z.input<(typeof retentionHttp)[ExpiringKind]['body']>;

interface Expired {
  readonly kind: ExpiringKind;
  readonly count: number;
  /** Reasons why something could not be deleted, without duplicates. */
  readonly problems: readonly string[];
}

/** Deletes page by page until nothing is left. An error is reported, and other kinds are still deleted. */
async function expireAll(
  matcher: ApiClient,
  kind: ExpiringKind,
  request: Request,
): Promise<Expired> {
  const problems = new Set<string>();
  let count = 0;
  let cursor: string | null | undefined;
  try {
    while (cursor !== null) {
      const body = { ...request, ...(cursor && { cursor }) };
      const step = await matcher.call(retentionHttp[kind], { body });
      count += step.count;
      if (step.problem) problems.add(`${step.problem.code}: ${step.problem.message}`);
      ({ cursor } = step);
    }
  } catch (error) {
    problems.add(describeError(error));
  }
  return { kind, count, problems: [...problems] };
}

interface Options {
  /** ISO 8601. */
  readonly olderThan: string;
  readonly store?: string;
  readonly camera?: string;
  readonly cameras: boolean;
  readonly dryRun: boolean;
  readonly json: boolean;
}

export function registerRetentionCommand(program: Command): void {
  program
    .command('retention')
    .description(
      'delete old sightings, camera snapshots and match events. People, their photographs and archives are not ' +
        'deleted. There is no confirmation: use --dry-run first. You can interrupt and repeat the command',
    )
    .requiredOption(
      '--older-than <time>',
      'delete what was recorded before this time: 90d for 90 days ago, or 2026-01-31T12:00 (UTC)',
      pastMoment,
    )
    .option('--cameras', 'only data of cameras', false)
    .option('--camera <id>', 'only data of this camera (default: all)')
    .option(
      '--store <name>',
      'only data of images in this store; camera snapshots are in the store uploads (default: all stores)',
    )
    .option('--dry-run', 'print the counts, but delete nothing', false)
    .option('--json', 'print the counts as JSON', false)
    .action(expire);
}

async function expire(options: Options): Promise<void> {
  const { olderThan: before, store, camera: cameraId, cameras: ofCameras, dryRun } = options;
  const { matcher } = await findServices(loadCliConfig());
  const request = {
    before,
    dryRun,
    ofCameras,
    ...(store !== undefined && { store }),
    ...(cameraId !== undefined && { cameraId }),
  };
  const expired: Expired[] = [];
  for (const kind of EXPIRING_KINDS) expired.push(await expireAll(matcher, kind, request));
  if (options.json) {
    const counts = expired.map(({ kind, count }) => [kind, count] as const);
    console.log(JSON.stringify({ before, dryRun, ...Object.fromEntries(counts) }));
  } else {
    console.log(`${dryRun ? 'would be deleted' : 'deleted'}, recorded before ${before}:`);
    const rows = expired.map(({ kind, count }) => [kind, count]);
    console.log(formatTable(['KIND', 'COUNT'], rows));
  }
  for (const { kind, problems } of expired) {
    for (const problem of problems) console.error(`${kind}: ${problem}`);
    if (problems.length > 0) process.exitCode = 1;
  }
}

function pastMoment(text: string): string {
  const moment = parseMoment(text);
  if (Date.parse(moment) <= Date.now()) return moment;
  throw new InvalidArgumentError('the time must be in the past.');
}
