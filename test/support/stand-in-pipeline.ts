import { type Redis } from 'ioredis';
import {
  embedImageContract,
  type EmbedImagePayload,
  imageIdOf,
} from '#shared/contracts/embed-image.contract.js';
import { OUTCOMES } from '#shared/contracts/outcome.js';
import { PipelineError } from '#shared/contracts/pipeline-error.js';
import { importKeys } from '#shared/platform/ledger/keys.js';
import { OutcomeLedger } from '#shared/platform/ledger/outcome-ledger.js';
import { ContractWorker } from '#shared/platform/queue/contract-worker.js';
import { PostponeJob } from '#shared/platform/queue/job-handler.js';
import { QUEUE_CONFIG } from './queue-config.js';

export interface StandInOptions {
  /** Maximum number of images in progress. */
  readonly concurrency?: number;
  /** Processing time of an image, milliseconds. */
  readonly delayMs?: number;
}

/**
 * Replaces embedder and matcher, without models. The key of an image contains its outcome (`…named…`,
 * `…refused…`). Images of paused and cancelled imports are treated as the embedder treats them.
 */
export class StandInPipeline {
  /** Keys of the images, in the order in which their processing started. */
  readonly taken: string[] = [];
  private readonly ledger: OutcomeLedger;
  private readonly worker: ContractWorker<EmbedImagePayload, unknown>;

  constructor(
    private readonly redis: Redis,
    private readonly options: StandInOptions = {},
  ) {
    this.ledger = new OutcomeLedger(redis);
    this.worker = new ContractWorker(
      embedImageContract,
      {
        handle: (payload) => this.handle(payload),
        giveUp: (payload, error) => this.finish(payload, error),
      },
      {
        redis,
        name: 'stand-in',
        stage: 'embed',
        config: QUEUE_CONFIG,
        concurrency: options.concurrency ?? 16,
      },
    );
    this.worker.start();
  }

  close(): Promise<void> {
    return this.worker.close();
  }

  private async handle(payload: EmbedImagePayload): Promise<null> {
    const { source } = payload;
    if (source.kind === 'import') {
      const status = await this.redis.hget(importKeys.state(source.importId), 'status');
      if (status === 'paused') throw new PostponeJob(300, 'the import is paused');
      if (
        status === 'cancelled' &&
        (await this.ledger.release(source.importId, imageIdOf(payload)))
      ) {
        return null;
      }
    }
    // The image was added again while its first job was finishing.
    if (await this.ledger.isFinished(imageIdOf(payload))) return null;
    this.taken.push(payload.image.key);
    const { delayMs } = this.options;
    if (delayMs !== undefined) await new Promise((resolve) => setTimeout(resolve, delayMs));
    if (/refused|failed/.test(payload.image.key)) {
      throw new PipelineError('DECODE_FAILED', 'the image is broken', {
        stage: 'decode',
        class: 'quarantine',
      });
    }
    await this.finish(payload);
    return null;
  }

  private async finish(payload: EmbedImagePayload, error?: PipelineError): Promise<void> {
    const { key } = payload.image;
    const outcome = OUTCOMES.find((name) => key.includes(name)) ?? 'unknown';
    await this.ledger.finish({
      imageId: imageIdOf(payload),
      tenant: payload.tenant,
      key,
      outcome,
      ...(error && { error: { code: error.code, message: error.message } }),
      faces: outcome === 'named' || outcome === 'unknown' ? 1 : 0,
      events: [],
    });
  }
}
