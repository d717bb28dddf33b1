import { type Command } from 'commander';
import { findServices } from '../client/find-services.js';
import { EXPIRING_KINDS, type ExpiringKind } from '../client/retention-schema.js';
import { type MatcherApi } from '../client/matcher-api.js';
import { loadCliConfig } from '../cli.config.js';
import { parseMoment } from '../output/parse-moment.js';
import { formatTable } from '../output/table.js';

interface Options {
  /** ISO 8601. */
  readonly olderThan: string;
  readonly store?: string;
  readonly camera?: string;
  readonly dryRun: boolean;
  readonly json: boolean;
}

export function registerRetentionCommand(program: Command): void {
  program
    .command('retention')
    .description(
      'delete sightings, snapshots of cameras and match events that are too old; people, their photographs ' +
        'and the archive stay. Safe to break off and to repeat',
    )
    .requiredOption(
      '--older-than <time>',
      'what was recorded before then: 90d for ninety days ago, or 2026-01-31T12:00',
      (text: string) => parseMoment(text),
    )
    .option('--store <name>', 'only of images in this store; uploads is what cameras sent')
    .option('--camera <id>', 'only of this camera')
    .option('--dry-run', 'count, and delete nothing', false)
    .option('--json', 'print the counts as JSON', false)
    .action(expire);
}

async function expire(options: Options): Promise<void> {
  const { olderThan: before, store, camera: cameraId, dryRun, json } = options;
  const { matcher } = await findServices(loadCliConfig());
  const request = {
    ...{ before, dryRun },
    ...(store !== undefined && { store }),
    ...(cameraId !== undefined && { cameraId }),
  };
  const counts: Partial<Record<ExpiringKind, number>> = {};
  for (const kind of EXPIRING_KINDS) counts[kind] = await expireAll(matcher, kind, request);
  if (json) {
    console.log(JSON.stringify({ before, dryRun, ...counts }));
    return;
  }
  console.log(`${dryRun ? 'would be deleted' : 'deleted'}, from before ${before}:`);
  console.log(formatTable(['KIND', 'COUNT'], Object.entries(counts)));
}

async function expireAll(
  matcher: MatcherApi,
  kind: ExpiringKind,
  request: Readonly<Record<string, unknown>>,
): Promise<number> {
  let count = 0;
  let cursor: string | null | undefined;
  while (cursor !== null) {
    const step = await matcher.expire(kind, { ...request, ...(cursor && { cursor }) });
    count += step.count;
    ({ cursor } = step);
  }
  return count;
}
