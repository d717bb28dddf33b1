import { type Redis } from 'ioredis';
import { z } from 'zod';
import { webhookGroupName } from '#shared/contracts/deliver-webhook.contract.js';
import { EVENT_STREAM } from '#shared/platform/ledger/keys.js';
import { parseEntries, type LoggedEvent } from './event-log.js';

/** A consumer of a matcher that is gone is forgotten after this. */
const IDLE_MS = 3_600_000;

/** KEYS: stream. ARGV: group. From Redis 7 on it counts what the group reads, and so knows how far behind it is. */
const CREATE_SCRIPT = `
if not redis.REDIS_VERSION_NUM then
  return redis.call('XGROUP', 'CREATE', KEYS[1], ARGV[1], '$', 'MKSTREAM')
end
local added = 0
if redis.call('EXISTS', KEYS[1]) == 1 then
  local info = redis.call('XINFO', 'STREAM', KEYS[1])
  for i = 1, #info, 2 do if info[i] == 'entries-added' then added = info[i + 1] end end
end
return redis.call('XGROUP', 'CREATE', KEYS[1], ARGV[1], '$', 'MKSTREAM', 'ENTRIESREAD', added)
`;

/** KEYS: stream. ARGV: group, milliseconds, consumer. Forgets those that have been idle so long, and this one. */
const FORGET_SCRIPT = `
local forgotten = 0
for _, consumer in ipairs(redis.call('XINFO', 'CONSUMERS', KEYS[1], ARGV[1])) do
  local of = {}
  for i = 1, #consumer, 2 do of[consumer[i]] = consumer[i + 1] end
  if of.pending == 0 and (of.idle >= tonumber(ARGV[2]) or of.name == ARGV[3]) then
    redis.call('XGROUP', 'DELCONSUMER', KEYS[1], ARGV[1], of.name)
    forgotten = forgotten + 1
  end
end
return forgotten
`;

const streamSchema = z.object({
  length: z.number(),
  'first-entry': z.tuple([z.string()]).rest(z.unknown()).nullable(),
});

const groupSchema = z.object({
  name: z.string(),
  'last-delivered-id': z.string(),
  /** Entries that came since, also those that are gone; null when Redis cannot tell. */
  lag: z.number().nullish(),
});

/** Where one endpoint is in the stream of match events: a consumer group, each matcher a consumer of it. */
export class WebhookGroup {
  private readonly group: string;

  constructor(
    hook: string,
    private readonly consumer: string,
    private readonly redis: Redis,
    /** An entry that a matcher took and did not acknowledge for so long goes to another one. */
    private readonly abandonedMs: number,
  ) {
    this.group = webhookGroupName(hook);
  }

  /** At the stream's end, unless it is there already. */
  async create(): Promise<void> {
    try {
      await this.redis.eval(CREATE_SCRIPT, 1, EVENT_STREAM, this.group);
    } catch (error) {
      if (!String(error).includes('BUSYGROUP')) throw error;
    }
  }

  async takeNew(count: number): Promise<LoggedEvent[]> {
    const found = (await this.redis.xreadgroup(
      ...(['GROUP', this.group, this.consumer, 'COUNT', count] as const),
      ...(['STREAMS', EVENT_STREAM, '>'] as const),
    )) as [string, [string, string[]][]][] | null;
    return parseEntries(found?.[0]?.[1] ?? []);
  }

  async takeAbandoned(count: number): Promise<LoggedEvent[]> {
    const [, entries] = (await this.redis.xautoclaim(
      ...([
        EVENT_STREAM,
        this.group,
        this.consumer,
        this.abandonedMs,
        '0-0',
        'COUNT',
        count,
      ] as const),
    )) as [string, [string, string[]][]];
    return parseEntries(entries);
  }

  async acknowledge(events: readonly LoggedEvent[]): Promise<void> {
    if (events.length === 0) return;
    await this.redis.xack(EVENT_STREAM, this.group, ...events.map(({ id }) => id));
  }

  /** Forgets consumers of matchers that are gone; each start of one makes another. @returns how many */
  async forgetIdle(): Promise<number> {
    return this.forget(IDLE_MS, '');
  }

  /** Forgets this matcher's consumer, unless it holds something. */
  async leave(): Promise<void> {
    await this.forget(Number.MAX_SAFE_INTEGER, this.consumer);
  }

  /** Events that the stream was cut by before the group took them, about; they are lost to it. */
  async missed(): Promise<number> {
    const [stream, groups] = (await Promise.all([
      this.redis.xinfo('STREAM', EVENT_STREAM),
      this.redis.xinfo('GROUPS', EVENT_STREAM),
    ])) as [unknown[], unknown[][]];
    const { length, 'first-entry': first } = streamSchema.parse(fieldsOf(stream));
    const all = groups.map((group) => groupSchema.parse(fieldsOf(group)));
    const group = all.find(({ name }) => name === this.group);
    if (!group || typeof group.lag !== 'number') return 0;
    const behindAll = first === null || isBefore(group['last-delivered-id'], first[0]);
    return behindAll ? Math.max(0, group.lag - length) : 0;
  }

  private async forget(idleMs: number, consumer: string): Promise<number> {
    const values = [this.group, idleMs, consumer];
    return (await this.redis.eval(FORGET_SCRIPT, 1, EVENT_STREAM, ...values)) as number;
  }
}

function fieldsOf(answer: readonly unknown[]): Record<string, unknown> {
  const fields: Record<string, unknown> = {};
  for (let i = 0; i + 1 < answer.length; i += 2) fields[String(answer[i])] = answer[i + 1];
  return fields;
}

/** Ids are `milliseconds-sequence`. */
function isBefore(id: string, other: string): boolean {
  const [ms, sequence] = id.split('-').map(Number) as [number, number];
  const [otherMs, otherSequence] = other.split('-').map(Number) as [number, number];
  return ms < otherMs || (ms === otherMs && sequence < otherSequence);
}
