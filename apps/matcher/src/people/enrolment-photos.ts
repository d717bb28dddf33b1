import { Inject, Injectable } from '@nestjs/common';
import { type ObjectInfo, type ObjectStore } from '#shared/platform/storage/object-store.port.js';
import { UPLOADS } from '#shared/platform/tokens.js';
import { eachPage } from '../each-page.js';

const PAGE = 1_000;
const ROOT = 'enrolments/';

/**
 * Enrolment photographs in the uploads store. They are kept so that another model can embed them
 * again. Each person has a folder, so that deleting a person never deletes another person's picture.
 */
@Injectable()
export class EnrolmentPhotos {
  constructor(@Inject(UPLOADS) private readonly uploads: ObjectStore) {}

  /** @param hash sha256 of the photograph */
  keyOf(tenant: string, personId: string, hash: string): string {
    return `${folderOf(tenant, personId)}${hash}`;
  }

  async delete(key: string): Promise<void> {
    await this.uploads.delete(key);
  }

  /** All photographs of a person. */
  async list(tenant: string, personId: string): Promise<ObjectInfo[]> {
    const photographs: ObjectInfo[] = [];
    const pages = eachPage((from) =>
      this.uploads.list(folderOf(tenant, personId), { limit: PAGE, ...from }),
    );
    for await (const { objects } of pages) photographs.push(...objects);
    return photographs;
  }

  /** Whether there is any photograph of the tenant's people. */
  async hasAny(tenant: string): Promise<boolean> {
    return (await this.uploads.list(`${ROOT}${tenant}/`, { limit: 1 })).objects.length > 0;
  }

  /** @returns the number of deleted photographs */
  async deleteAll(tenant: string, personId: string): Promise<number> {
    let deleted = 0;
    for (;;) {
      // Always the first page: a cursor may become invalid when its object is deleted.
      const { objects } = await this.uploads.list(folderOf(tenant, personId), { limit: PAGE });
      if (objects.length === 0) return deleted;
      await Promise.all(objects.map(({ key }) => this.uploads.delete(key)));
      deleted += objects.length;
    }
  }
}

function folderOf(tenant: string, personId: string): string {
  return `${ROOT}${tenant}/${personId}/`;
}
