import { Inject, Injectable } from '@nestjs/common';
import { type Redis } from 'ioredis';
import { EVENT_STREAM } from '#shared/outcomes/event-stream.js';
import { EventLog, type LoggedEvent } from '../events/event-log.js';
import { requestError } from '../request-error.js';
import { REDIS } from '../tokens.js';
import { type RetentionRequest, type RetentionStep } from './retention-request.js';

/** Events that one request looks at. */
const PAGE = 1_000;

/** Match events that the stream has held for too long. Whoever has not read them by then misses them. */
@Injectable()
export class ExpiredEvents {
  constructor(
    @Inject(REDIS) private readonly redis: Redis,
    private readonly log: EventLog,
  ) {}

  /** @throws PipelineError CURSOR_INVALID (400) */
  async step(tenant: string, request: RetentionRequest): Promise<RetentionStep> {
    const { cursor = '0-0', before, dryRun } = request;
    if (!/^\d{1,16}-\d{1,16}$/.test(cursor)) {
      throw requestError(400, 'CURSOR_INVALID', 'pass back the cursor of the answer before');
    }
    const page = await this.log.readAfter(cursor, PAGE);
    const old = page.events.filter((logged) => addedAt(logged.id) < before);
    const ids = old.filter((logged) => isMeant(logged, tenant, request)).map(({ id }) => id);
    if (ids.length > 0 && !dryRun) await this.redis.xdel(EVENT_STREAM, ...ids);
    const more = page.more && addedAt(page.last) < before;
    return { count: ids.length, cursor: more ? page.last : null };
  }
}

function isMeant(
  { tenant: of, event }: LoggedEvent,
  tenant: string,
  { store, cameraId }: RetentionRequest,
): boolean {
  const { image, source } = event.data;
  if (of !== tenant || (store !== undefined && store !== image.store)) return false;
  return cameraId === undefined || (source.kind === 'camera' && source.cameraId === cameraId);
}

/** Milliseconds since the epoch: ids are `milliseconds-sequence`. */
function addedAt(id: string): number {
  return Number(id.split('-')[0]);
}
