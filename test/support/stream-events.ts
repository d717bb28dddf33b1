import { Redis } from 'ioredis';
import { matchEventSchema, type MatchEvent } from '#shared/contracts/match-event.contract.js';
import { EVENT_STREAM } from '#shared/platform/ledger/keys.js';

/** All match events on the stream, including duplicates. */
export async function streamEvents(redisUrl: string): Promise<MatchEvent[]> {
  const redis = new Redis(redisUrl);
  const entries = await redis.xrange(EVENT_STREAM, '-', '+');
  redis.disconnect();
  return entries.map(([, fields]) => {
    const event = fields[fields.indexOf('event') + 1]!;
    return matchEventSchema.parse(JSON.parse(event));
  });
}
