import { Inject, Injectable } from '@nestjs/common';
import { type Redis } from 'ioredis';
import { embedImageContract } from '#shared/contracts/embed-image.contract.js';
import { type StageWork } from '#shared/contracts/http/scaling.http.js';
import { type ImportStatus } from '#shared/contracts/import-status.js';
import { matchFacesContract } from '#shared/contracts/match-faces.contract.js';
import { PipelineError } from '#shared/contracts/pipeline-error.js';
import {
  type QueueDepth,
  type WaitingJob,
  oldestWaiting,
  readQueueDepth,
} from '#shared/platform/queue/queue-depth.js';
import { RedisMemory, type MemoryUsage } from '#shared/platform/queue/redis.js';
import { within } from '#shared/platform/queue/time-limit.js';
import {
  ImportRepository,
  isPaused,
  pausedImages,
  readUnfinished,
} from '../imports/import-repository.js';
import { REDIS } from '#shared/platform/tokens.js';

/** @param paused number of images, queued or postponed, that wait for their import to be resumed */
export function workOf(depth: QueueDepth, paused: number): number {
  const { live, archive, active, delayed, due } = depth;
  const withoutPaused = live + archive + active + delayed - paused;
  // A delayed job that is not due is not work yet.
  return Math.max(live, Math.min(live + archive + active + due, withoutPaused));
}

/** @param pausedImports ids of imports */
export function oldestAgeSeconds(
  waiting: readonly WaitingJob[],
  pausedImports: ReadonlySet<string>,
  now: number,
): number {
  const ages = waiting
    .filter(({ data }) => pausedImports.size === 0 || !pausedImports.has(importOf(data)))
    .map(({ addedAt }) => Math.max(0, now - addedAt) / 1000);
  return Math.max(0, ...ages);
}

/** @returns '' for a job without an import, or one that cannot be parsed: both count as work */
function importOf(data: string): string {
  try {
    const job = JSON.parse(data) as { source?: { importId?: unknown } | null } | null;
    const id = job?.source?.importId;
    return typeof id === 'string' ? id : '';
  } catch {
    return '';
  }
}

/** How long an answer is reused, because Prometheus and KEDA ask at about the same time. Milliseconds. */
const FRESH_MS = 1_000;
/** Time limit for reading Redis, milliseconds. Prometheus and KEDA wait 3 s or more. */
const TIMEOUT_MS = 1_500;
/**
 * Jobs to read per lane, to find the oldest one, while an import is paused. Workers postpone its images as soon
 * as they take them, so only a few are at the head of the queue.
 */
const READ_WHILE_PAUSED = 100;

export interface StageLoad extends StageWork {
  readonly queue: string;
  readonly depth: QueueDepth;
}

export interface Load {
  readonly embedImage: StageLoad;
  readonly matchFaces: StageLoad;
  readonly imports: ReadonlyMap<ImportStatus, number>;
  readonly redis: MemoryUsage;
}

/** The load of each stage. Every ingest process gives the same answer. */
@Injectable()
export class PipelineLoad {
  private answer: Promise<Load> | undefined;
  private askedAt = -Infinity;

  constructor(
    @Inject(REDIS) private readonly redis: Redis,
    private readonly imports: ImportRepository,
    private readonly memory: RedisMemory,
  ) {}

  /** @throws PipelineError REDIS_UNAVAILABLE at once, instead of waiting for Redis */
  async read(): Promise<Load> {
    if (this.redis.status !== 'ready') throw unavailable();
    if (!this.answer || performance.now() - this.askedAt > FRESH_MS) {
      this.askedAt = performance.now();
      this.answer = within(this.ask(), TIMEOUT_MS, unavailable);
      this.answer.catch(() => (this.answer = undefined));
    }
    return this.answer;
  }

  private async ask(): Promise<Load> {
    const unfinished = await readUnfinished(this.imports);
    const paused = new Set(unfinished.filter(isPaused).map(({ state }) => state.id));
    const [embedImage, matchFaces, redis] = await Promise.all([
      this.stage(embedImageContract.queue, paused, pausedImages(unfinished)),
      // A pause affects only images that are not embedded yet.
      this.stage(matchFacesContract.queue, new Set(), 0),
      this.memory.usage(),
    ]);
    const imports = new Map<ImportStatus, number>();
    for (const { state } of unfinished) {
      imports.set(state.status, (imports.get(state.status) ?? 0) + 1);
    }
    return { embedImage, matchFaces, imports, redis };
  }

  private async stage(
    queue: string,
    pausedImports: ReadonlySet<string>,
    pausedCount: number,
  ): Promise<StageLoad> {
    const most = pausedImports.size === 0 ? 1 : READ_WHILE_PAUSED;
    const [depth, waiting] = await Promise.all([
      readQueueDepth(this.redis, queue),
      oldestWaiting(this.redis, queue, most),
    ]);
    return {
      queue,
      depth,
      work: workOf(depth, pausedCount),
      oldestAgeSeconds: oldestAgeSeconds(waiting, pausedImports, Date.now()),
    };
  }
}

function unavailable(): PipelineError {
  return new PipelineError('REDIS_UNAVAILABLE', 'Redis does not answer; try again later', {
    stage: 'query',
    class: 'wait',
    httpStatus: 503,
  });
}
