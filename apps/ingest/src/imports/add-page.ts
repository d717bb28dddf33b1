import { Injectable } from '@nestjs/common';
import { type EmbedImagePayload } from '#shared/contracts/embed-image.contract.js';
import { imageId } from '#shared/contracts/image-ref.js';
import { type LedgerState } from '#shared/contracts/outcome.js';
import { ImageAdmission } from '../admission/image-admission.js';
import { type ImportState } from './import-state.js';
import { type PageResult } from './page-repository.js';
import { type PlannedImage } from './plan-page.js';

/** What an image's id depends on besides the object. */
type ImageScope = Pick<ImportState, 'tenant' | 'store' | 'space'>;

/** Admits the images of a page for its import. Safe to repeat. */
@Injectable()
export class PageAdder {
  constructor(private readonly admission: ImageAdmission) {}

  /** @param listedAt when the listing of the page began, milliseconds since the epoch; for traces */
  async add(
    state: ImportState,
    images: readonly PlannedImage[],
    listedAt?: number,
  ): Promise<PageResult> {
    const payloads = images.map((image) => payloadOf(state, image));
    const claims = await this.admission.admit(payloads, listedAt);
    const unfinished = images.filter((_, i) => claims[i]?.state !== 'done');
    return { unfinished, ...summarise(images, claims) };
  }

  /** Puts images on the queue again that are claimed already. */
  async addAgain(state: ImportState, images: readonly PlannedImage[]): Promise<void> {
    await this.admission.enqueue(images.map((image) => payloadOf(state, image)));
  }
}

export function idOf(state: ImageScope, [key, version]: PlannedImage): string {
  return imageId(state.tenant, { store: state.store, key, version }, state.space);
}

function payloadOf(state: ImportState, [key, version, changedAt]: PlannedImage): EmbedImagePayload {
  return {
    v: 1,
    tenant: state.tenant,
    image: { store: state.store, key, version },
    source: { kind: 'import', importId: state.id },
    lane: 'archive',
    space: state.space,
    observedAt: changedAt,
  };
}

/** Images done before this import claimed them. Images that were done since are in its counts already. */
function summarise(images: readonly PlannedImage[], claims: readonly LedgerState[]) {
  const alreadyDone = { named: 0, unknown: 0, faceless: 0, refused: 0 };
  const problems = new Map<string, number>();
  const log: string[] = [];
  for (const [i, claim] of claims.entries()) {
    // The ledger lets a failed image be claimed again, so a failure of another import is never seen here.
    if (claim.state !== 'done' || claim.mine || claim.outcome === 'failed') continue;
    const { outcome, code } = claim;
    alreadyDone[outcome] += 1;
    if (code !== null) problems.set(code, (problems.get(code) ?? 0) + 1);
    if (outcome === 'named' || outcome === 'unknown') continue;
    log.push(JSON.stringify({ key: images[i]![0], outcome, ...(code !== null && { code }) }));
  }
  return { alreadyDone, problems, log };
}
