import { Inject, Injectable } from '@nestjs/common';
import { OtherSpaces } from '../gallery/other-spaces.js';
import { VECTOR_STORE } from '../tokens.js';
import { type SightingExpiry, type VectorStore } from '../vectors/vector-store.port.js';
import { type RetentionRequest, type RetentionStep } from './retention-request.js';

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
    ...{ decidedBefore: before, ofCameras },
    ...(store !== undefined && { store }),
    ...(cameraId !== undefined && { cameraId }),
  };
}
