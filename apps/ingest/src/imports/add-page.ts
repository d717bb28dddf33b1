import { Inject, Injectable } from '@nestjs/common';
import { type EmbedImagePayload } from '#shared/contracts/embed-image.contract.js';
import { imageId } from '#shared/contracts/image-ref.js';
import { type LedgerState } from '#shared/contracts/outcome.js';
import { PipelineError } from '#shared/contracts/pipeline-error.js';
import { makeDeadLetter } from '#shared/platform/ledger/dead-letter-writer.js';
import { OutcomeLedger } from '#shared/platform/ledger/outcome-ledger.js';
import { ContractProducer } from '#shared/platform/queue/contract-producer.js';
import { countAdded } from '../metrics/added-images.js';
import { EMBED_IMAGES } from '../tokens.js';
import { type ImportState } from './import-state.js';
import { type PageResult } from './page-repository.js';
import { type PlannedImage } from './plan-page.js';

/** Longest key a job may carry; only folders have longer ones. */
const MAX_KEY_LENGTH = 1024;

/** What an image's id depends on besides the object. */
type ImageScope = Pick<ImportState, 'tenant' | 'store' | 'space'>;

/** Claims a page's images for an import and puts those without an outcome on the queue. Safe to repeat. */
@Injectable()
export class PageAdder {
  constructor(
    @Inject(EMBED_IMAGES) private readonly producer: ContractProducer<EmbedImagePayload, unknown>,
    private readonly ledger: OutcomeLedger,
  ) {}

  /** @param listedAt when the page's listing began, milliseconds since the epoch; for traces */
  async add(
    state: ImportState,
    images: readonly PlannedImage[],
    listedAt?: number,
  ): Promise<PageResult> {
    const ids = images.map((image) => idOf(state, image));
    const claims = await this.ledger.claim(state.id, ids);
    const unfinished = images.filter((_, i) => claims[i]?.state !== 'done');
    await this.enqueue(state, unfinished, listedAt);
    return { unfinished, ...summarise(images, claims) };
  }

  async enqueue(
    state: ImportState,
    images: readonly PlannedImage[],
    listedAt?: number,
  ): Promise<void> {
    const addable = images.filter(([key]) => key.length <= MAX_KEY_LENGTH);
    if (addable.length > 0) {
      const payloads = addable.map((image) => payloadOf(state, image));
      await this.producer.addBulk(payloads, { listedAt });
      countAdded('archive', addable.length);
    }
    for (const image of images) {
      if (image[0].length > MAX_KEY_LENGTH) await this.refuse(state, image);
    }
  }

  private async refuse(state: ImportState, image: PlannedImage): Promise<void> {
    const [key, version] = image;
    const id = idOf(state, image);
    const error = new PipelineError(
      'OBJECT_KEY_INVALID',
      `the key is longer than ${MAX_KEY_LENGTH} characters`,
      { stage: 'ingest', class: 'quarantine' },
    );
    const letter = makeDeadLetter({
      error,
      evidence: null,
      tenant: state.tenant,
      imageId: id,
      space: state.space,
      image: { store: state.store, key, version },
      source: { kind: 'import', importId: state.id },
    });
    await this.ledger.finish({
      imageId: id,
      tenant: state.tenant,
      key,
      error,
      letter,
      outcome: 'refused',
      faces: 0,
      events: [],
    });
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

/** Images done before this import claimed them; those done since are in its counts already. */
function summarise(images: readonly PlannedImage[], claims: readonly LedgerState[]) {
  const alreadyDone = { named: 0, unknown: 0, faceless: 0, refused: 0 };
  const problems = new Map<string, number>();
  const log: string[] = [];
  for (const [i, claim] of claims.entries()) {
    // The ledger hands a failed image out again, so that another import's failure never comes here.
    if (claim.state !== 'done' || claim.mine || claim.outcome === 'failed') continue;
    const { outcome, code } = claim;
    alreadyDone[outcome] += 1;
    if (code !== null) problems.set(code, (problems.get(code) ?? 0) + 1);
    if (outcome === 'named' || outcome === 'unknown') continue;
    log.push(JSON.stringify({ key: images[i]![0], outcome, ...(code !== null && { code }) }));
  }
  return { alreadyDone, problems, log };
}
