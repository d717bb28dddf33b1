import { Inject, Injectable } from '@nestjs/common';
import { UPLOADS_STORE } from '#shared/config/storage.config.js';
import { toPipelineError } from '#shared/contracts/pipeline-error.js';
import { type ObjectStore } from '#shared/storage/object-store.port.js';
import { snapshotFolder } from '#shared/storage/snapshot-keys.js';
import { UPLOADS } from '../tokens.js';
import { type RetentionRequest, type RetentionStep } from './retention-request.js';

/** Snapshots that one request looks at. */
const PAGE = 1_000;
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
