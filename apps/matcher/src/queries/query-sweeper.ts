import {
  Inject,
  Injectable,
  Logger,
  type OnApplicationBootstrap,
  type OnModuleDestroy,
} from '@nestjs/common';
import { type ContractProducer } from '#shared/platform/queue/contract-producer.js';
import { type ObjectStore } from '#shared/platform/storage/object-store.port.js';
import { eachPage } from '../each-page.js';
import { UPLOADS, EMBED_IMAGES } from '../tokens.js';
import { QUERY_FOLDER } from './face-finder.js';

const EVERY_MS = 10 * 60_000;
/** No query takes so long: what is older was left behind by a matcher that died. */
const LEFT_BEHIND_MS = 30 * 60_000;
const PAGE = 1_000;

/** Deletes query images that a crash kept from being deleted. */
@Injectable()
export class QuerySweeper implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly logger = new Logger('images');
  private timer: NodeJS.Timeout | undefined;

  constructor(@Inject(UPLOADS) private readonly uploads: ObjectStore) {}

  onApplicationBootstrap(): void {
    this.timer = setInterval(() => void this.trySweep(), EVERY_MS);
    void this.trySweep();
  }

  onModuleDestroy(): void {
    clearInterval(this.timer);
  }

  /** @returns how many images were left behind */
  async sweep(now: number): Promise<number> {
    let swept = 0;
    const pages = eachPage((from) => this.uploads.list(QUERY_FOLDER, { limit: PAGE, ...from }));
    for await (const { objects } of pages) {
      const old = objects.filter(({ lastModified }) => now - +lastModified > LEFT_BEHIND_MS);
      await Promise.all(old.map(({ key }) => this.uploads.delete(key)));
      swept += old.length;
    }
    return swept;
  }

  private async trySweep(): Promise<void> {
    try {
      const swept = await this.sweep(Date.now());
      if (swept > 0) this.logger.log(`deleted ${swept} query images that were left behind`);
    } catch (error) {
      this.logger.warn(`query images cannot be swept now: ${String(error)}`);
    }
  }
}

const SWEEP_ANSWERS_EVERY_MS = 60_000;
/** Whoever asked has the answer by then, or has gone. */
const KEPT_MS = 60_000;

/** Removes the embedder's answers to queries from its queue: faces of people who only asked. */
@Injectable()
export class AnswerSweeper implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly logger = new Logger('images');
  private timer: NodeJS.Timeout | undefined;

  constructor(
    @Inject(EMBED_IMAGES) private readonly embedder: ContractProducer<unknown, unknown>,
  ) {}

  onApplicationBootstrap(): void {
    this.timer = setInterval(() => void this.sweep(), SWEEP_ANSWERS_EVERY_MS);
  }

  onModuleDestroy(): void {
    clearInterval(this.timer);
  }

  private async sweep(): Promise<void> {
    try {
      await this.embedder.forgetFinished(KEPT_MS);
    } catch (error) {
      this.logger.warn(`answers cannot be swept now: ${String(error)}`);
    }
  }
}
