import { Inject, Injectable } from '@nestjs/common';
import { type Redis } from 'ioredis';
import {
  type RetentionRequest,
  type RetentionStep,
} from '#shared/contracts/http/retention.http.js';
import { toPipelineError } from '#shared/contracts/pipeline-error.js';
import { EVENT_STREAM } from '#shared/platform/ledger/keys.js';
import { snapshotFolder } from '#shared/platform/storage/object-names.js';
import { type ObjectStore } from '#shared/platform/storage/object-store.port.js';
import { UPLOADS_STORE } from '#shared/platform/storage/storage.config.js';
import { REDIS, UPLOADS } from '#shared/platform/tokens.js';
import { wants, fieldOf, isEventId, parseEntries, type StreamEntry } from '../events/event-log.js';
import { OtherSpaces } from '../gallery/other-spaces.js';
import { requestError } from '../request-error.js';
import { VECTOR_STORE } from '../tokens.js';
import { type SightingExpiry, type VectorStore } from '../vectors/vector-store.port.js';

/** Number of events or snapshots that one request reads. */
const PAGE = 1_000;

/** Deletes old match events from the stream. Consumers that have not read them miss them. */
@Injectable()
export class ExpiredEvents {
  constructor(@Inject(REDIS) private readonly redis: Redis) {}

  /** @throws PipelineError CURSOR_INVALID (400) */
  async step(tenant: string, request: RetentionRequest): Promise<RetentionStep> {
    const { cursor = '0-0', before, dryRun } = request;
    if (!isEventId(cursor)) {
      throw requestError(400, 'CURSOR_INVALID', 'send the cursor of the previous answer');
    }
    const end = `(${before}-0`;
    const entries = await this.redis.xrange(EVENT_STREAM, `(${cursor}`, end, 'COUNT', PAGE);
    const ids = entries.filter((entry) => isSelected(entry, tenant, request)).map(([id]) => id);
    if (ids.length > 0 && !dryRun) await this.redis.xdel(EVENT_STREAM, ...ids);
    return { count: ids.length, cursor: entries.length === PAGE ? entries.at(-1)![0] : null };
  }
}

/** A damaged event belongs to its tenant, but its camera and store are not known. */
function isSelected(
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

/** Sightings are deleted in small batches, so that searches are not blocked for long. */
const BATCH_SIZE = 1_000;
const BATCHES_PER_REQUEST = 10;
/** Cursor of an answer that is not the last. It has no position, because deleted sightings are not read again. */
const MORE = 'more';

/** Deletes old sightings, in the current model space and in the spaces that were used before. */
@Injectable()
export class ExpiredSightings {
  constructor(
    @Inject(VECTOR_STORE) private readonly store: VectorStore,
    private readonly others: OtherSpaces,
  ) {}

  async step(tenant: string, request: RetentionRequest): Promise<RetentionStep> {
    const expiry = expiryOf(request);
    if (request.dryRun) return { count: await this.count(tenant, expiry), cursor: null };
    let count = 0;
    for (let batch = 0; batch < BATCHES_PER_REQUEST; batch++) {
      const deleted = await this.delete(tenant, expiry).catch((error: unknown) => {
        // Report the sightings that are deleted already. The next request fails if the error persists.
        if (count === 0) throw error;
        return null;
      });
      if (deleted === null) break;
      count += deleted;
      if (deleted === 0) return { count, cursor: null };
    }
    return { count, cursor: MORE };
  }

  private async count(tenant: string, expiry: SightingExpiry): Promise<number> {
    const here = await this.store.countExpired(tenant, expiry);
    return here + (await this.others.countExpired(tenant, expiry));
  }

  private async delete(tenant: string, expiry: SightingExpiry): Promise<number> {
    const here = await this.store.deleteExpired(tenant, expiry, BATCH_SIZE);
    return here > 0 ? here : this.others.deleteExpired(tenant, expiry, BATCH_SIZE);
  }
}

function expiryOf(request: RetentionRequest): SightingExpiry {
  const { before, store, cameraId, ofCameras } = request;
  return {
    decidedBefore: before,
    ofCameras,
    ...(store !== undefined && { store }),
    ...(cameraId !== undefined && { cameraId }),
  };
}

const CONCURRENT_DELETES = 32;

/**
 * Deletes old snapshots of cameras from the uploads store. It does not delete enrolment photographs,
 * which are kept until their person is deleted, or objects in other stores, which Sightline does not own.
 */
@Injectable()
export class ExpiredSnapshots {
  constructor(@Inject(UPLOADS) private readonly uploads: ObjectStore) {}

  /** Continues when an object cannot be deleted, for example because of an object lock. */
  async step(tenant: string, request: RetentionRequest): Promise<RetentionStep> {
    const { before, store, cameraId, dryRun, cursor: from } = request;
    if (store !== undefined && store !== UPLOADS_STORE) return { count: 0, cursor: null };
    const options = { limit: PAGE, ...(from !== undefined && { cursor: from }) };
    const page = await this.uploads.list(snapshotFolder(tenant, cameraId), options);
    const old = page.objects.filter(({ lastModified }) => +lastModified < before);
    if (dryRun) return { count: old.length, cursor: page.cursor };
    let count = 0;
    let failure: unknown;
    for (let at = 0; at < old.length; at += CONCURRENT_DELETES) {
      const some = old.slice(at, at + CONCURRENT_DELETES);
      const results = await Promise.allSettled(some.map(({ key }) => this.uploads.delete(key)));
      count += results.filter(({ status }) => status === 'fulfilled').length;
      failure ??= results.find((result) => result.status === 'rejected')?.reason;
    }
    const failed = old.length - count;
    if (failed === 0) return { count, cursor: page.cursor };
    const { code, message } = toPipelineError(failure, 'query');
    return { count, cursor: page.cursor, failed, problem: { code, message } };
  }
}
