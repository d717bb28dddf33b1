import { Inject, Injectable, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import { Interval } from '@nestjs/schedule';
import { embedImageContract } from '#shared/contracts/embed-image.contract.js';
import { ContractProducer } from '#shared/platform/queue/contract-producer.js';
import { InjectProducer } from '#shared/platform/queue/queue.module.js';
import { SingleRun } from '#shared/platform/runtime/single-run.js';
import { type ObjectStore } from '#shared/platform/storage/object-store.port.js';
import { UPLOADS } from '#shared/platform/tokens.js';
import { eachPage } from '../each-page.js';
import { QUERY_FOLDER } from './face-finder.js';

const SWEEP_IMAGES_MS = 10 * 60_000;
/** No query takes this long: an older image was left behind by a matcher that crashed. */
const LEFT_BEHIND_MS = 30 * 60_000;
const PAGE = 1_000;

/** Deletes query images that a crashed matcher could not delete. */
@Injectable()
export class QuerySweeper implements OnApplicationBootstrap {
  private readonly logger = new Logger('images');
  private readonly runs = new SingleRun();

  constructor(@Inject(UPLOADS) private readonly uploads: ObjectStore) {}

  onApplicationBootstrap(): void {
    void this.run();
  }

  @Interval(SWEEP_IMAGES_MS)
  run(): Promise<void> {
    return this.runs.run(async () => {
      try {
        const swept = await this.sweep(Date.now());
        if (swept > 0) this.logger.log(`deleted ${swept} query images that were left behind`);
      } catch (error) {
        this.logger.warn(`old query images cannot be deleted now: ${String(error)}`);
      }
    });
  }

  /** @returns number of deleted images */
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
}

const SWEEP_ANSWERS_MS = 60_000;
/** After this time the caller has the answer or no longer waits for it. Milliseconds. */
const KEPT_MS = 60_000;

/** Removes the embedder's answers to queries from its queue: they hold faces of people who are not enrolled. */
@Injectable()
export class AnswerSweeper {
  private readonly logger = new Logger('images');
  private readonly runs = new SingleRun();

  constructor(
    @InjectProducer(embedImageContract)
    private readonly embedder: ContractProducer<unknown, unknown>,
  ) {}

  @Interval(SWEEP_ANSWERS_MS)
  run(): Promise<void> {
    return this.runs.run(async () => {
      try {
        await this.embedder.forgetFinished(KEPT_MS);
      } catch (error) {
        this.logger.warn(`old answers cannot be removed now: ${String(error)}`);
      }
    });
  }
}
