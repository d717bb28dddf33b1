import {
  Inject,
  Injectable,
  Logger,
  type OnApplicationBootstrap,
  type OnModuleDestroy,
} from '@nestjs/common';
import { Interval } from '@nestjs/schedule';
import { type Redis } from 'ioredis';
import { setMaxListeners } from 'node:events';
import { runApart } from '#shared/platform/observability/tracing.js';
import { SingleRun } from '#shared/platform/runtime/single-run.js';
import { ObjectStores } from '#shared/platform/storage/open-stores.js';
import { CONFIG, REDIS } from '#shared/platform/tokens.js';
import { type IngestConfig } from '../ingest.config.js';
import { PageAdder } from './add-page.js';
import { IgnoredNames } from './ignored-names.js';
import { ImportLease } from './import-lease.js';
import { ImportRepository } from './import-repository.js';
import { ImportRunner, type RunnerParts, WatermarkGate } from './import-runner.js';
import { LostImages } from './lost-images.js';
import { PageRepository } from './page-repository.js';
import { PipelineBacklog } from './pipeline-backlog.js';

/** How often to look for imports that another process has left behind. */
const SCAN_MS = 1_000;

/** Makes sure that every unfinished import has one runner, in this or another ingest process. */
@Injectable()
export class ImportSupervisor implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly logger = new Logger('imports');
  private readonly stop = new AbortController();
  private readonly running = new Map<string, Promise<void>>();
  private readonly parts: RunnerParts;
  private readonly scans = new SingleRun();

  constructor(
    @Inject(REDIS) private readonly redis: Redis,
    @Inject(CONFIG) config: IngestConfig,
    private readonly imports: ImportRepository,
    pages: PageRepository,
    adder: PageAdder,
    lost: LostImages,
    backlog: PipelineBacklog,
    stores: ObjectStores,
  ) {
    // Every running import adds a listener.
    setMaxListeners(0, this.stop.signal);
    this.parts = {
      imports,
      pages,
      adder,
      lost,
      stores,
      gate: new WatermarkGate(
        (tenant) => backlog.waitingFor(tenant),
        config.HIGH_WATER,
        config.LOW_WATER,
      ),
      ignored: new IgnoredNames(config.IGNORE),
      pageSize: config.PAGE_SIZE,
      recheckIntervalMs: config.RECHECK_INTERVAL_MS,
    };
  }

  onApplicationBootstrap(): void {
    void this.scan();
  }

  /** Finishes the pages in progress. Another process continues the imports from there. */
  async onModuleDestroy(): Promise<void> {
    this.stop.abort();
    await this.scans.idle();
    await Promise.all(this.running.values());
  }

  /** Runs an import here if no other process does. */
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

  @Interval(SCAN_MS)
  scan(): Promise<void> {
    if (this.stop.signal.aborted) return Promise.resolve();
    return this.scans.run(async () => {
      try {
        for (const id of await this.imports.unfinished()) await this.look(id);
      } catch (error) {
        this.logger.error(error);
      }
    });
  }
}
