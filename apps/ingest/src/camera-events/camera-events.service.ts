import { Inject, Injectable } from '@nestjs/common';
import { createHash } from 'node:crypto';
import { UPLOADS_STORE } from '#shared/config/storage.config.js';
import { type EmbedImagePayload } from '#shared/contracts/embed-image.contract.js';
import { imageId, type ImageRef } from '#shared/contracts/image-ref.js';
import { type UploadedFile } from '#shared/http/image-fields.interceptor.js';
import { OutcomeLedger } from '#shared/outcomes/outcome-ledger.js';
import { ContractProducer } from '#shared/queue/contract-producer.js';
import { objectNotFound } from '#shared/storage/object-errors.js';
import { ObjectStores } from '#shared/storage/open-stores.js';
import { snapshotFolder, snapshotKey } from '#shared/storage/snapshot-keys.js';
import { countAdded } from '../metrics/added-images.js';
import { EMBED_IMAGES, SPACE } from '../tokens.js';
import { type CameraEvent } from './camera-event.js';

/** The ledger's owner of images that no import waits for. */
const NO_IMPORT = '';

/** Puts camera images on the live lane, ahead of any archive. The same image twice is one image. */
@Injectable()
export class CameraEventsService {
  constructor(
    private readonly stores: ObjectStores,
    private readonly ledger: OutcomeLedger,
    @Inject(EMBED_IMAGES) private readonly producer: ContractProducer<EmbedImagePayload, unknown>,
    @Inject(SPACE) private readonly space: string,
  ) {}

  /** Keeps an uploaded snapshot in the uploads store. */
  async keepSnapshot(tenant: string, cameraId: string, snapshot: UploadedFile): Promise<ImageRef> {
    const sha256 = createHash('sha256').update(snapshot.buffer).digest('hex');
    const key = snapshotKey(tenant, cameraId, sha256);
    const uploads = this.stores.get(UPLOADS_STORE);
    const { version } = await uploads.put(key, snapshot.buffer, contentType(snapshot));
    return { store: UPLOADS_STORE, key, version };
  }

  /**
   * Of the uploads store only what the tenant's own cameras sent: the rest of it is other tenants', and
   * photographs of people.
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
    const id = imageId(tenant, image, this.space);
    const [claim] = await this.ledger.claim(NO_IMPORT, [id]);
    if (claim?.state === 'done') return id;
    await this.producer.add({
      v: 1,
      tenant,
      image,
      source: { kind: 'camera', cameraId: event.cameraId },
      lane: 'live',
      space: this.space,
      observedAt: event.observedAt,
    });
    countAdded('live', 1);
    return id;
  }
}

function contentType({ mimetype }: UploadedFile): string {
  return /^image\/[a-z0-9.+-]+$/i.test(mimetype) ? mimetype : 'application/octet-stream';
}
