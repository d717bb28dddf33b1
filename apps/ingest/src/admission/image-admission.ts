import { Injectable } from '@nestjs/common';
import { Counter } from 'prom-client';
import {
  embedImageContract,
  type EmbedImagePayload,
  imageIdOf,
} from '#shared/contracts/embed-image.contract.js';
import { type LedgerState } from '#shared/contracts/outcome.js';
import { PipelineError } from '#shared/contracts/pipeline-error.js';
import { makeDeadLetter } from '#shared/platform/ledger/dead-letter-writer.js';
import { OutcomeLedger } from '#shared/platform/ledger/outcome-ledger.js';
import { registers } from '#shared/platform/observability/metrics.js';
import { ContractProducer } from '#shared/platform/queue/contract-producer.js';
import { InjectProducer } from '#shared/platform/queue/queue.module.js';
import { TenantTurns } from './tenant-turns.js';

/** Model space that images are admitted for; part of their ids. */
export const SPACE = Symbol('model space');

/** Owner, in the ledger, of images that no import waits for. */
const NO_IMPORT = '';

/** Maximum length of a key in a job; only folders have longer keys. */
const MAX_KEY_LENGTH = 1024;

const added = new Counter({
  name: 'sightline_images_added_total',
  help: 'Images that this process put on the queue, including images that were on it already.',
  labelNames: ['lane'],
  registers,
});

/** Every image enters the pipeline here: it is claimed in the ledger, put on the queue and counted. */
@Injectable()
export class ImageAdmission {
  constructor(
    @InjectProducer(embedImageContract)
    private readonly producer: ContractProducer<EmbedImagePayload, unknown>,
    private readonly ledger: OutcomeLedger,
    private readonly turns: TenantTurns,
  ) {}

  /**
   * Claims images of one source and queues those without an outcome. Safe to repeat.
   * @param listedAt when the listing of these images began, milliseconds since the epoch; for traces
   * @returns the ledger's state of each image before this call
   */
  async admit(images: readonly EmbedImagePayload[], listedAt?: number): Promise<LedgerState[]> {
    const claims = await this.ledger.claim(ownerOf(images), images.map(imageIdOf));
    await this.enqueue(
      images.filter((_, i) => claims[i]?.state !== 'done'),
      listedAt,
    );
    return claims;
  }

  /** Queues images of one tenant that are claimed already. Refuses those whose key is too long for a job. */
  async enqueue(images: readonly EmbedImagePayload[], listedAt?: number): Promise<void> {
    const addable = images.filter(({ image }) => image.key.length <= MAX_KEY_LENGTH);
    const [first] = addable;
    if (first) {
      const turns =
        first.lane === 'archive' ? await this.turns.take(first.tenant, addable.length) : undefined;
      await this.producer.addBulk(addable, { listedAt }, turns);
      added.inc({ lane: first.lane }, addable.length);
    }
    for (const image of images) {
      if (image.image.key.length > MAX_KEY_LENGTH) await this.refuse(image);
    }
  }

  private async refuse(payload: EmbedImagePayload): Promise<void> {
    const { tenant, image, source, space } = payload;
    const id = imageIdOf(payload);
    const error = new PipelineError(
      'OBJECT_KEY_INVALID',
      `the key is longer than ${MAX_KEY_LENGTH} characters`,
      { stage: 'ingest', class: 'quarantine' },
    );
    const letter = makeDeadLetter({
      error,
      evidence: null,
      tenant,
      imageId: id,
      space,
      image,
      source,
    });
    await this.ledger.finish({
      imageId: id,
      tenant,
      key: image.key,
      error,
      letter,
      outcome: 'refused',
      faces: 0,
      events: [],
    });
  }
}

function ownerOf([first]: readonly EmbedImagePayload[]): string {
  return first?.source.kind === 'import' ? first.source.importId : NO_IMPORT;
}
