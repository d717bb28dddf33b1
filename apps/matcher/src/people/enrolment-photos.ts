import { Inject, Injectable } from '@nestjs/common';
import { type ObjectInfo, type ObjectStore } from '#shared/platform/storage/object-store.port.js';
import { eachPage } from '../each-page.js';
import { UPLOADS } from '../tokens.js';

const PAGE = 1_000;
const ROOT = 'enrolments/';

/**
 * Photographs that people were enrolled from, kept so that another model can embed them again.
 * Each person has a folder, so that deleting one never takes another's picture.
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

  /** All photographs that are kept of a person. */
  async list(tenant: string, personId: string): Promise<ObjectInfo[]> {
    const photographs: ObjectInfo[] = [];
    const pages = eachPage((from) =>
      this.uploads.list(folderOf(tenant, personId), { limit: PAGE, ...from }),
    );
    for await (const { objects } of pages) photographs.push(...objects);
    return photographs;
  }

  /** Whether a tenant ever enrolled somebody who was not deleted. */
  async hasAny(tenant: string): Promise<boolean> {
    return (await this.uploads.list(`${ROOT}${tenant}/`, { limit: 1 })).objects.length > 0;
  }

  /** @returns how many there were */
  async deleteAll(tenant: string, personId: string): Promise<number> {
    let deleted = 0;
    for (;;) {
      // The first page again each time: a cursor may not survive the deletion of what it stands on.
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
