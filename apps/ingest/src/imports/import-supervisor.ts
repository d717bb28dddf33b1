import {
  Inject,
  Injectable,
  Logger,
  type OnApplicationBootstrap,
  type OnModuleDestroy,
} from '@nestjs/common';
import { type Redis } from 'ioredis';
import { setMaxListeners } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { runApart } from '#shared/platform/observability/tracing.js';
import { ObjectStores } from '#shared/platform/storage/open-stores.js';
import { type IngestConfig } from '../ingest.config.js';
import { PipelineBacklog } from '../pipeline-backlog.js';
import { INGEST_CONFIG, REDIS } from '../tokens.js';
import { PageAdder } from './add-page.js';
import { ImportLease } from './import-lease.js';
import { ImportRepository } from './import-repository.js';
import { ImportRunner, type RunnerParts, WatermarkGate } from './import-runner.js';
import { LostImages } from './lost-images.js';
import { PageRepository } from './page-repository.js';

/** How soon imports are found that another process has left behind. */
const SCAN_MS = 1_000;

/** Sees to it that every unfinished import has one runner, here or in another ingest process. */
@Injectable()
export class ImportSupervisor implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly logger = new Logger('imports');
  private readonly stop = new AbortController();
  private readonly running = new Map<string, Promise<void>>();
  private readonly parts: RunnerParts;
  private scanning: Promise<void> = Promise.resolve();

  constructor(
    @Inject(REDIS) private readonly redis: Redis,
    @Inject(INGEST_CONFIG) config: IngestConfig,
    private readonly imports: ImportRepository,
    pages: PageRepository,
    adder: PageAdder,
    lost: LostImages,
    backlog: PipelineBacklog,
    stores: ObjectStores,
  ) {
    // Every import listens to it.
    setMaxListeners(0, this.stop.signal);
    this.parts = {
      imports,
      pages,
      adder,
      lost,
      stores,
      gate: new WatermarkGate(() => backlog.waiting(), config.HIGH_WATER, config.LOW_WATER),
      pageSize: config.PAGE_SIZE,
      recheckIntervalMs: config.RECHECK_INTERVAL_MS,
    };
  }

  onApplicationBootstrap(): void {
    this.scanning = this.scan();
  }

  /** Finishes the pages in hand; their imports go on from there wherever ingest runs next. */
  async onModuleDestroy(): Promise<void> {
    this.stop.abort();
    await this.scanning;
    await Promise.all(this.running.values());
  }

  /** Runs an import here if nobody else does. */
  async look(id: string): Promise<void> {
    if (this.stop.signal.aborted || this.running.has(id)) return;
    const lease = await ImportLease.acquire(this.redis, id);
    if (!lease) return;
    const runner = new ImportRunner(lease, this.parts, this.stop.signal);
    const run = runApart({ importId: lease.importId }, () => runner.run()).finally(async () => {
      this.running.delete(id);
      await lease.release();
    });
    this.running.set(
      id,
      run.catch((error: unknown) => this.logger.error(error)),
    );
  }

  private async scan(): Promise<void> {
    const { signal } = this.stop;
    while (!signal.aborted) {
      try {
        for (const id of await this.imports.unfinished()) await this.look(id);
      } catch (error) {
        this.logger.error(error);
      }
      await sleep(SCAN_MS, undefined, { signal }).catch(() => undefined);
    }
  }
}
