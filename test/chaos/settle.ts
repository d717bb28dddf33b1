import { z } from 'zod';
import { EVENT_STREAM } from '#shared/platform/ledger/keys.js';
import { readImport } from '../support/api.js';
import { waitUntil } from '../support/wait-until.js';
import { HOOK, type Bed } from './bed.js';
import { unfinishedJobs } from './unfinished-jobs.js';

const LOG_LINES = 25;

/**
 * Waits until nothing of the import has work before it: it is done, no job waits or is in hand and the
 * webhook has its events.
 * @throws Error with everything that is known when it does not come to rest in time
 */
export async function settle(bed: Bed, importId: string, timeoutMs: number): Promise<void> {
  let last: unknown;
  const rest = async () => {
    last = await look(bed, importId).catch((error: unknown) => String(error));
    return isAtRest(last);
  };
  await waitUntil('the import to settle', rest, timeoutMs, 250).catch((error: unknown) => {
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

function isAtRest(state: unknown): boolean {
  const { status, jobs, undelivered } = state as Look;
  return status === 'done' && Object.keys(jobs).length === 0 && undelivered === 0;
}

const groupSchema = z.object({
  name: z.string(),
  pending: z.number(),
  'last-delivered-id': z.string(),
});

/**
 * Events on the stream that are not on the webhook's queue yet: those that are taken and not acknowledged,
 * and one for all that are not taken. Redis' own count of the latter is off after its append-only file was read.
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
