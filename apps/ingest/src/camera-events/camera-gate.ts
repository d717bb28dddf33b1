import { Inject, Injectable, type CanActivate } from '@nestjs/common';
import { backpressure } from '#shared/http/backpressure.js';
import { type IngestConfig } from '../ingest.config.js';
import { PipelineBacklog } from '../pipeline-backlog.js';
import { INGEST_CONFIG } from '../tokens.js';

const RETRY_AFTER_SECONDS = 5;

/**
 * Turns camera images away while more of them wait than can be seen soon, before anything of theirs is
 * read or kept. Errors: BACKPRESSURE (503).
 */
@Injectable()
export class CameraGate implements CanActivate {
  constructor(
    @Inject(INGEST_CONFIG) private readonly config: IngestConfig,
    private readonly backlog: PipelineBacklog,
  ) {}

  async canActivate(): Promise<boolean> {
    if (await this.backlog.isRedisFull()) {
      throw backpressure('Redis is nearly full', RETRY_AFTER_SECONDS);
    }
    const waiting = await this.backlog.liveWaiting();
    if (waiting < this.config.LIVE_HIGH_WATER) return true;
    throw backpressure(
      `${waiting} images of cameras and queries wait already`,
      RETRY_AFTER_SECONDS,
    );
  }
}
