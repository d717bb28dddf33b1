import { Inject, Injectable } from '@nestjs/common';
import { createHash } from 'node:crypto';
import { type EmbedImagePayload, imageIdOf } from '#shared/contracts/embed-image.contract.js';
import { type CameraEvent } from '#shared/contracts/http/camera-events.http.js';
import { type ImageRef } from '#shared/contracts/image-ref.js';
import { PipelineError } from '#shared/contracts/pipeline-error.js';
import { imageContentType, type UploadedFile } from '#shared/platform/http/uploads.js';
import { snapshotFolder, snapshotKey } from '#shared/platform/storage/object-names.js';
import { objectNotFound } from '#shared/platform/storage/object-store.port.js';
import { ObjectStores } from '#shared/platform/storage/open-stores.js';
import { UPLOADS_STORE } from '#shared/platform/storage/storage.config.js';
import { CONFIG } from '#shared/platform/tokens.js';
import { type IngestConfig } from '../ingest.config.js';
import { ImageAdmission, SPACE } from '../admission/image-admission.js';

/**
 * Admits camera images on the live lane, ahead of any archive. Each observation (camera, time and object) is
 * admitted once; sending it again has no effect.
 */
@Injectable()
export class CameraEventsService {
  constructor(
    private readonly stores: ObjectStores,
    private readonly admission: ImageAdmission,
    @Inject(SPACE) private readonly space: string,
    @Inject(CONFIG) private readonly config: IngestConfig,
  ) {}

  /** @throws PipelineError OBSERVED_IN_FUTURE */
  checkTime({ cameraId, observedAt }: CameraEvent): void {
    const aheadMs = Date.parse(observedAt) - Date.now();
    if (aheadMs <= this.config.CAMERA_CLOCK_SKEW_MS) return;
    const seconds = Math.round(aheadMs / 1_000);
    throw new PipelineError(
      'OBSERVED_IN_FUTURE',
      `observedAt is ${seconds} s in the future; check the clock and the time zone of camera ${cameraId}, or raise CAMERA_CLOCK_SKEW_MS`,
      { stage: 'ingest', class: 'quarantine', httpStatus: 422 },
    );
  }

  /** Keeps an uploaded snapshot in the uploads store. */
  async keepSnapshot(tenant: string, cameraId: string, snapshot: UploadedFile): Promise<ImageRef> {
    const sha256 = createHash('sha256').update(snapshot.buffer).digest('hex');
    const key = snapshotKey(tenant, cameraId, sha256);
    const uploads = this.stores.get(UPLOADS_STORE);
    const { version } = await uploads.put(key, snapshot.buffer, imageContentType(snapshot));
    return { store: UPLOADS_STORE, key, version };
  }

  /**
   * In the uploads store, a caller may only name snapshots of the tenant's own cameras: the store also holds
   * data of other tenants and photographs of people.
   * @throws PipelineError STORE_UNKNOWN, OBJECT_NOT_FOUND, OBJECT_KEY_INVALID or of the store
   */
  async findObject(
    tenant: string,
    { store, key }: NonNullable<CameraEvent['image']>,
  ): Promise<ImageRef> {
    if (store === UPLOADS_STORE && !key.startsWith(snapshotFolder(tenant))) {
      throw objectNotFound(key);
    }
    const { version } = await this.stores.get(store).stat(key);
    return { store, key, version };
  }

  /** @returns the image's id */
  async add(tenant: string, event: CameraEvent, image: ImageRef): Promise<string> {
    const payload: EmbedImagePayload = {
      v: 1,
      tenant,
      image,
      source: { kind: 'camera', cameraId: event.cameraId },
      lane: 'live',
      space: this.space,
      observedAt: event.observedAt,
    };
    await this.admission.admit([payload]);
    return imageIdOf(payload);
  }
}
