import { Inject, Injectable } from '@nestjs/common';
import { type Redis } from 'ioredis';
import { embedImageContract } from '#shared/contracts/embed-image.contract.js';
import { PipelineError } from '#shared/contracts/pipeline-error.js';
import { lanePriority } from '#shared/contracts/queue-contract.js';
import { KEY_PREFIX, QUEUE_PREFIX } from '#shared/platform/queue/redis.js';
import { LuaScript } from '#shared/platform/redis/lua-script.js';
import { REDIS } from '#shared/platform/tokens.js';

const takeTurns = new LuaScript<number>(import.meta.dirname, 'lua/take-turns.lua');

const TURNS = `${KEY_PREFIX}:turns:${embedImageContract.queue}`;
const WAITING = `${QUEUE_PREFIX}:${embedImageContract.queue}:prioritized`;

/** Images of a tenant that are served before it is another tenant's turn. */
const IMAGES_PER_TURN = 4;
/** BullMQ's priorities end at 2^21. */
const LAST_TURN = 2_000_000;

/**
 * Lets the tenants' archive images take turns on the embed queue, whoever was first to fill it (start-time fair
 * queueing). Each tenant's images have consecutive places, four to a turn, and the turn is the job's priority. A
 * tenant that comes later begins with the turn that is being served. Live images are not concerned: their
 * priority 0 is before every turn.
 */
@Injectable()
export class TenantTurns {
  constructor(@Inject(REDIS) private readonly redis: Redis) {}

  /**
   * @returns the priority of each image
   * @throws PipelineError TURNS_USED_UP of class wait, until the queue is empty
   */
  async take(tenant: string, images: number): Promise<number[]> {
    const values = [tenant, images, IMAGES_PER_TURN, LAST_TURN];
    const first = await takeTurns.run(this.redis, [TURNS, WAITING], values);
    if (first < 0) {
      throw new PipelineError(
        'TURNS_USED_UP',
        'the queue has run out of priorities; imports continue when it is empty',
        { stage: 'ingest', class: 'wait' },
      );
    }
    const earliest = lanePriority('archive');
    return Array.from(
      { length: images },
      (_, i) => earliest + Math.floor((first + i) / IMAGES_PER_TURN),
    );
  }
}
