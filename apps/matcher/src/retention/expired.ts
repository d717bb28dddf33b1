import { Inject, Injectable } from '@nestjs/common';
import { type Redis } from 'ioredis';
import { z } from 'zod';
import { cameraIdSchema, storeNameSchema } from '#shared/contracts/image-ref.js';
import { toPipelineError } from '#shared/contracts/pipeline-error.js';
import { EVENT_STREAM } from '#shared/platform/ledger/keys.js';
import { snapshotFolder } from '#shared/platform/storage/object-names.js';
import { type ObjectStore } from '#shared/platform/storage/object-store.port.js';
import { UPLOADS_STORE } from '#shared/platform/storage/storage.config.js';
import { wants, fieldOf, isEventId, parseEntries, type StreamEntry } from '../events/event-log.js';
import { OtherSpaces } from '../gallery/other-spaces.js';
import { requestError } from '../request-error.js';
import { REDIS, VECTOR_STORE, UPLOADS } from '../tokens.js';
import { type SightingExpiry, type VectorStore } from '../vectors/vector-store.port.js';

/** What is too old, and of what. */
export const retentionRequestSchema = z.strictObject({
  /** What was recorded before this moment: ISO 8601 with zone. */
  before: z.iso
    .datetime({ offset: true, message: 'expected ISO 8601 with a zone' })
    .transform((text) => Date.parse(text))
    .refine((ms) => ms <= Date.now(), { message: 'lies in the future' }),
  store: storeNameSchema.optional(),
  cameraId: cameraIdSchema.optional(),
  /** Only what some camera saw, in whatever store it lies. */
  ofCameras: z.boolean().default(false),
  /** Counts, and deletes nothing. */
  dryRun: z.boolean().default(false),
  /** Of the answer before. */
  cursor: z.string().max(1024).optional(),
});
export type RetentionRequest = z.output<typeof retentionRequestSchema>;

/** What one request has done; there is more to do while the cursor is not null. */
export interface RetentionStep {
  readonly count: number;
  readonly cursor: string | null;
  /** What should have gone and did not, and why the first of it. */
  readonly failed?: number;
  readonly problem?: { readonly code: string; readonly message: string };
}

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

/** Sightings that one request deletes of each model space, in parts that hold up no search. */
const PART = 1_000;
const PARTS = 10;
/** There is no place to go on from: what is deleted is not met again. */
const MORE = 'more';

/** Sightings that were decided too long ago, in this model space and those in use before. */
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
    for (let part = 0; part < PARTS; part++) {
      const deleted = await this.delete(tenant, expiry).catch((error: unknown) => {
        // What has gone already is told first: whoever asks for more meets the failure then.
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
    const here = await this.store.deleteExpired(tenant, expiry, PART);
    return here > 0 ? here : this.others.deleteExpired(tenant, expiry, PART);
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

const DELETED_AT_ONCE = 32;

/**
 * Snapshots that cameras sent too long ago. Enrolment photographs stay for as long as the person, and
 * objects of other stores belong to whoever put them there.
 */
@Injectable()
export class ExpiredSnapshots {
  constructor(@Inject(UPLOADS) private readonly uploads: ObjectStore) {}

  /** What cannot be deleted, held by a lock for instance, keeps nothing else from going. */
  async step(tenant: string, request: RetentionRequest): Promise<RetentionStep> {
    const { before, store, cameraId, dryRun, cursor: from } = request;
    if (store !== undefined && store !== UPLOADS_STORE) return { count: 0, cursor: null };
    const options = { limit: PAGE, ...(from !== undefined && { cursor: from }) };
    const page = await this.uploads.list(snapshotFolder(tenant, cameraId), options);
    const old = page.objects.filter(({ lastModified }) => +lastModified < before);
    if (dryRun) return { count: old.length, cursor: page.cursor };
    let count = 0;
    let failure: unknown;
    for (let at = 0; at < old.length; at += DELETED_AT_ONCE) {
      const some = old.slice(at, at + DELETED_AT_ONCE);
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
