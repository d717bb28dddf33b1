import { Injectable, Logger } from '@nestjs/common';
import {
  embedImageContract,
  type EmbedImagePayload,
} from '#shared/contracts/embed-image.contract.js';
import {
  matchFacesContract,
  type MatchFacesPayload,
} from '#shared/contracts/match-faces.contract.js';
import { OutcomeLedger } from '#shared/platform/ledger/outcome-ledger.js';
import { ContractProducer } from '#shared/platform/queue/contract-producer.js';
import { InjectProducer } from '#shared/platform/queue/queue.module.js';
import { idOf, PageAdder } from './add-page.js';
import { type ImportLease } from './import-lease.js';
import { type ImportState } from './import-state.js';
import { PageRepository } from './page-repository.js';
import { type PlannedImage } from './plan-page.js';

/**
 * Finds images that an import waits for although no queue holds their job: somebody removed the job, or it was
 * just ending for another import when this import claimed the image. Without this check the import would
 * never end.
 */
@Injectable()
export class LostImages {
  private readonly logger = new Logger('imports');

  constructor(
    @InjectProducer(embedImageContract)
    private readonly embedding: ContractProducer<EmbedImagePayload, unknown>,
    @InjectProducer(matchFacesContract)
    private readonly matching: ContractProducer<MatchFacesPayload, unknown>,
    private readonly ledger: OutcomeLedger,
    private readonly pages: PageRepository,
    private readonly adder: PageAdder,
  ) {}

  /** Forgets pages that are done. Adds the lost images of the other pages again, or releases them. */
  async recheck(lease: ImportLease, state: ImportState): Promise<void> {
    for (const page of await this.pages.open(state)) {
      if (!lease.held) return;
      const images = await this.pages.images(state.id, page);
      const awaited = await this.awaited(state, images);
      if (awaited.length < images.length) await this.pages.shrink(lease, page, awaited);
      const lost = await this.unqueued(state, awaited);
      if (lost.length > 0) await this.recover(state, lost);
    }
  }

  private async awaited(
    state: ImportState,
    images: readonly PlannedImage[],
  ): Promise<PlannedImage[]> {
    const ids = images.map((image) => idOf(state, image));
    const flags = await this.ledger.awaited(state.id, ids);
    return images.filter((_, i) => flags[i]);
  }

  /**
   * Searches in the order in which an image moves: a job leaves a queue after the next queue has it, or after
   * the ledger has the outcome. So an image that is in neither queue and still awaited afterwards is lost.
   */
  private async unqueued(
    state: ImportState,
    images: readonly PlannedImage[],
  ): Promise<PlannedImage[]> {
    const notEmbedding = await without(this.embedding, state, images);
    const notMatching = await without(this.matching, state, notEmbedding);
    return this.awaited(state, notMatching);
  }

  private async recover(state: ImportState, lost: readonly PlannedImage[]): Promise<void> {
    const what = state.status === 'cancelled' ? 'released' : 'added again';
    this.logger.warn(`import ${state.id}: ${lost.length} images were in no queue, ${what}`);
    if (state.status !== 'cancelled') return this.adder.addAgain(state, lost);
    for (const image of lost) await this.ledger.release(state.id, idOf(state, image));
  }
}

async function without<Payload>(
  queue: ContractProducer<Payload, unknown>,
  state: ImportState,
  images: readonly PlannedImage[],
): Promise<PlannedImage[]> {
  const held = await queue.holds(images.map((image) => idOf(state, image)));
  return images.filter((_, i) => !held[i]);
}
