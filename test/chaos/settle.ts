import { Queue } from 'bullmq';
import { type Redis } from 'ioredis';
import { z } from 'zod';
import { EVENT_STREAM } from '#shared/platform/ledger/keys.js';
import { QUEUE_PREFIX } from '#shared/platform/queue/redis.js';
import { readImport } from '../support/api.js';
import { waitUntil } from '../support/wait-until.js';
import { type Bed, HOOK } from './bed.js';

const LOG_LINES = 25;

/**
 * Waits until the import is done, no job waits or is in progress, and the webhook has received its events.
 * @throws Error with the last state and the logs after the timeout
 */
export async function settle(bed: Bed, importId: string, timeoutMs: number): Promise<void> {
  let last: unknown;
  const settled = async () => {
    last = await look(bed, importId).catch((error: unknown) => String(error));
    return isSettled(last);
  };
  await waitUntil('the import to settle', settled, timeoutMs, 250).catch((error: unknown) => {
    throw new Error(`${String(error)}\n${JSON.stringify(last, null, 2)}\n${logs(bed)}`);
  });
}

interface Look {
  readonly status: string;
  readonly jobs: Readonly<Record<string, number>>;
  readonly undelivered: number;
}

async function look(bed: Bed, importId: string): Promise<Look & Record<string, unknown>> {
  const view = await readImport(bed.named('ingest')[0]!.url, importId);
  const jobs = await unfinishedJobs(bed.redis);
  return { ...view, jobs, undelivered: await undelivered(bed) };
}

function isSettled(state: unknown): boolean {
  const { status, jobs, undelivered } = state as Look;
  return status === 'done' && Object.keys(jobs).length === 0 && undelivered === 0;
}

const groupSchema = z.object({
  name: z.string(),
  pending: z.number(),
  'last-delivered-id': z.string(),
});

/**
 * Events of the stream that are not on the webhook's queue yet: the number of events that were read but not
 * acknowledged, plus one if there are events that were not read. Redis' own count of unread events is wrong after it
 * loads its append-only file.
 */
async function undelivered({ redis }: Bed): Promise<number> {
  const [newest] = await redis.xrevrange(EVENT_STREAM, '+', '-', 'COUNT', 1);
  if (!newest) return 0;
  const groups = (await redis.xinfo('GROUPS', EVENT_STREAM)) as unknown[][];
  const fields = groups.map((group) =>
    groupSchema.parse(
      Object.fromEntries(
        group.flatMap((value, i) => (i % 2 === 0 ? [[value as string, group[i + 1]]] : [])),
      ),
    ),
  );
  const { pending, 'last-delivered-id': taken } = fields.find(({ name }) => name.endsWith(HOOK))!;
  return pending + (taken === newest[0] ? 0 : 1);
}

function logs({ services }: Bed): string {
  return services
    .map(({ name, url, logTail }) => {
      const lines = logTail.trimEnd().split('\n').slice(-LOG_LINES);
      return [`--- ${name} ${url}`, ...lines].join('\n');
    })
    .join('\n');
}

const UNFINISHED = ['wait', 'active', 'delayed', 'prioritized'] as const;

/** Number of unfinished jobs by queue and state. Empty if there are none. */
export async function unfinishedJobs(redis: Redis): Promise<Record<string, number>> {
  const found: Record<string, number> = {};
  for (const key of (await redis.keys(`${QUEUE_PREFIX}:*:meta`)).sort()) {
    const queue = new Queue(key.split(':')[1]!, { connection: redis, prefix: QUEUE_PREFIX });
    for (const [state, count] of Object.entries(await queue.getJobCounts(...UNFINISHED))) {
      if (count > 0) found[`${queue.name} ${state}`] = count;
    }
    await queue.close();
  }
  return found;
}
