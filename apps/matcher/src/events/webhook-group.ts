import { type Redis } from 'ioredis';
import { z } from 'zod';
import { webhookGroupName } from '#shared/contracts/deliver-webhook.contract.js';
import { EVENT_STREAM } from '#shared/platform/ledger/keys.js';
import { LuaScript } from '#shared/platform/redis/lua-script.js';
import { parseEntries, type LoggedEvent } from './event-log.js';

/** Idle time after which the consumer of a stopped matcher is deleted, milliseconds. */
const IDLE_MS = 3_600_000;

const createGroup = new LuaScript<string>(import.meta.dirname, 'lua/create-group.lua');
const forgetConsumers = new LuaScript<number>(import.meta.dirname, 'lua/forget-consumers.lua');

const streamSchema = z.object({
  length: z.number(),
  'first-entry': z.tuple([z.string()]).rest(z.unknown()).nullable(),
});

const groupSchema = z.object({
  name: z.string(),
  'last-delivered-id': z.string(),
  /** Entries added since, including deleted ones; null when Redis does not know. */
  lag: z.number().nullish(),
});

/**
 * The consumer group of one endpoint in the stream of match events. It stores how far the endpoint has
 * read; each matcher is a consumer.
 */
export class WebhookGroup {
  private readonly group: string;

  constructor(
    hook: string,
    private readonly consumer: string,
    private readonly redis: Redis,
    /** An entry that a matcher has not acknowledged after this time goes to another one, milliseconds. */
    private readonly abandonedMs: number,
  ) {
    this.group = webhookGroupName(hook);
  }

  /** Creates the group at the end of the stream, unless it exists. */
  async create(): Promise<void> {
    try {
      await createGroup.run(this.redis, [EVENT_STREAM], [this.group]);
    } catch (error) {
      if (!String(error).includes('BUSYGROUP')) throw error;
    }
  }

  async takeNew(count: number): Promise<LoggedEvent[]> {
    const found = (await this.redis.xreadgroup(
      'GROUP',
      this.group,
      this.consumer,
      'COUNT',
      count,
      'STREAMS',
      EVENT_STREAM,
      '>',
    )) as [string, [string, string[]][]][] | null;
    return parseEntries(found?.[0]?.[1] ?? []);
  }

  async takeAbandoned(count: number): Promise<LoggedEvent[]> {
    const [, entries] = (await this.redis.xautoclaim(
      EVENT_STREAM,
      this.group,
      this.consumer,
      this.abandonedMs,
      '0-0',
      'COUNT',
      count,
    )) as [string, [string, string[]][]];
    return parseEntries(entries);
  }

  async acknowledge(events: readonly LoggedEvent[]): Promise<void> {
    if (events.length === 0) return;
    await this.redis.xack(EVENT_STREAM, this.group, ...events.map(({ id }) => id));
  }

  /** Deletes consumers of stopped matchers: every start creates a new one. @returns their number */
  async forgetIdle(): Promise<number> {
    return this.forget(IDLE_MS, '');
  }

  /** Deletes this matcher's consumer, unless it has entries that are not acknowledged. */
  async leave(): Promise<void> {
    await this.forget(Number.MAX_SAFE_INTEGER, this.consumer);
  }

  /** Approximate number of events that were trimmed from the stream before the group read them. */
  async missed(): Promise<number> {
    const [stream, groups] = (await Promise.all([
      this.redis.xinfo('STREAM', EVENT_STREAM),
      this.redis.xinfo('GROUPS', EVENT_STREAM),
    ])) as [unknown[], unknown[][]];
    const { length, 'first-entry': first } = streamSchema.parse(fieldsOf(stream));
    const all = groups.map((group) => groupSchema.parse(fieldsOf(group)));
    const group = all.find(({ name }) => name === this.group);
    if (!group || typeof group.lag !== 'number') return 0;
    const isBehindStream = first === null || isBefore(group['last-delivered-id'], first[0]);
    return isBehindStream ? Math.max(0, group.lag - length) : 0;
  }

  private forget(idleMs: number, consumer: string): Promise<number> {
    return forgetConsumers.run(this.redis, [EVENT_STREAM], [this.group, idleMs, consumer]);
  }
}

function fieldsOf(answer: readonly unknown[]): Record<string, unknown> {
  const fields: Record<string, unknown> = {};
  for (let i = 0; i + 1 < answer.length; i += 2) fields[String(answer[i])] = answer[i + 1];
  return fields;
}

/** Compares stream ids: `milliseconds-sequence`. */
function isBefore(id: string, other: string): boolean {
  const [ms, sequence] = id.split('-').map(Number) as [number, number];
  const [otherMs, otherSequence] = other.split('-').map(Number) as [number, number];
  return ms < otherMs || (ms === otherMs && sequence < otherSequence);
}
