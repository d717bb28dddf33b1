import { InvalidArgumentError, type Command } from 'commander';
import { describeError } from '../cli-error.js';
import { loadCliConfig } from '../cli.config.js';
import { findServices } from '../client/find-services.js';
import { type MatcherApi, type ExpiringKind, EXPIRING_KINDS } from '../client/matcher-api.js';
import { parseMoment } from '../output/parse-options.js';
import { formatTable } from '../output/table.js';

interface Expired {
  readonly kind: ExpiringKind;
  readonly count: number;
  /** Why something stayed that should have gone, each once. */
  readonly problems: readonly string[];
}

/** Asks until nothing is left. What fails is told, and keeps other kinds from nothing. */
async function expireAll(
  matcher: MatcherApi,
  kind: ExpiringKind,
  request: Readonly<Record<string, unknown>>,
): Promise<Expired> {
  const problems = new Set<string>();
  let count = 0;
  let cursor: string | null | undefined;
  try {
    while (cursor !== null) {
      const step = await matcher.expire(kind, { ...request, ...(cursor && { cursor }) });
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
      'delete sightings, snapshots of cameras and match events that are too old; people, their photographs ' +
        'and archives stay. It does not ask: look at --dry-run first. Safe to break off and to repeat',
    )
    .requiredOption(
      '--older-than <time>',
      'what was recorded before then: 90d for ninety days ago, or 2026-01-31T12:00 (UTC)',
      pastMoment,
    )
    .option('--cameras', 'only what cameras saw', false)
    .option('--camera <id>', 'only what this camera saw')
    .option('--store <name>', 'only of images in this store; uploads is what cameras sent')
    .option('--dry-run', 'count, and delete nothing', false)
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
    console.log(`${dryRun ? 'would be deleted' : 'deleted'}, from before ${before}:`);
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
  throw new InvalidArgumentError('that is still to come.');
}
