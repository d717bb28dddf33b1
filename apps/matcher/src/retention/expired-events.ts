import { Inject, Injectable } from '@nestjs/common';
import { type Redis } from 'ioredis';
import { EVENT_STREAM } from '#shared/outcomes/event-stream.js';
import { wants } from '../events/event-filter.js';
import { fieldOf, isEventId, parseEntries, type StreamEntry } from '../events/event-log.js';
import { requestError } from '../request-error.js';
import { REDIS } from '../tokens.js';
import { type RetentionRequest, type RetentionStep } from './retention-request.js';

/** Events that one request looks at. */
const PAGE = 1_000;

/** Match events that the stream has held for too long. Whoever has not read them by then misses them. */
@Injectable()
export class ExpiredEvents {
  constructor(@Inject(REDIS) private readonly redis: Redis) {}

  /** @throws PipelineError CURSOR_INVALID (400) */
  async step(tenant: string, request: RetentionRequest): Promise<RetentionStep> {
    const { cursor = '0-0', before, dryRun } = request;
    if (!isEventId(cursor)) {
      throw requestError(400, 'CURSOR_INVALID', 'pass back the cursor of the answer before');
    }
    const end = `(${before}-0`;
    const entries = await this.redis.xrange(EVENT_STREAM, `(${cursor}`, end, 'COUNT', PAGE);
    const ids = entries.filter((entry) => isMeant(entry, tenant, request)).map(([id]) => id);
    if (ids.length > 0 && !dryRun) await this.redis.xdel(EVENT_STREAM, ...ids);
    return { count: ids.length, cursor: entries.length === PAGE ? entries.at(-1)![0] : null };
  }
}

/** One that cannot be read is of its tenant all the same. */
function isMeant(
  entry: StreamEntry,
  tenant: string,
  { store, cameraId, ofCameras }: RetentionRequest,
): boolean {
  if (fieldOf(entry, 'tenant') !== tenant) return false;
  if (store === undefined && cameraId === undefined && !ofCameras) return true;
  const [logged] = parseEntries([entry]);
  if (!logged) return false;
  const { image, source } = logged.event.data;
  if (store !== undefined && store !== image.store) return false;
  if (ofCameras && source.kind !== 'camera') return false;
  return wants({ cameraId }, logged.event);
}
