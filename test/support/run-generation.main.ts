import { Logger } from '@nestjs/common';
import { setTimeout as sleep } from 'node:timers/promises';
import { type QueueContract } from '#shared/contracts/queue-contract.js';
import { ContractProducer } from '#shared/platform/queue/contract-producer.js';
import { ContractWorker } from '#shared/platform/queue/contract-worker.js';
import { type JobHandler } from '#shared/platform/queue/job-handler.js';
import { connectRedis } from '#shared/platform/queue/redis.js';
import {
  firstGeneration,
  generationSettingsSchema,
  resultKeys,
  secondGeneration,
} from './generations.js';

/** A service of one of two releases. Adds jobs and processes those of both releases until SIGTERM. */
const settings = generationSettingsSchema.parse(JSON.parse(process.argv[2]!));
const { queue, generation } = settings;
const redis = connectRedis(settings.redisUrl, `generation-${generation}`);

interface Work {
  readonly v: number;
  readonly id: string;
  readonly does: 'work' | 'kill';
}

function run<Payload extends Work>(
  contract: QueueContract<Payload, null>,
  payload: (id: string) => Payload,
) {
  const handler: JobHandler<Payload, null> = {
    async handle({ id, does, v }) {
      if (does === 'kill') process.kill(process.pid, 'SIGKILL');
      await sleep(settings.workMs);
      const entry = { id, generation, version: v };
      await redis.rpush(resultKeys.handled(queue), JSON.stringify(entry));
      return null;
    },
    async giveUp({ id }, { code }, evidence) {
      await redis.hset(resultKeys.givenUp(queue), id, JSON.stringify({ code, evidence }));
    },
  };
  const producer = new ContractProducer(contract, redis);
  const worker = new ContractWorker(contract, handler, {
    redis,
    name: 'test',
    stage: 'match',
    concurrency: settings.concurrency,
    config: { JOB_LOCK_MS: settings.lockMs, JOB_TIMEOUT_MS: 60_000 },
  });
  worker.start();
  const ids = Array.from({ length: settings.adds }, (_, i) => `${generation}-${i}`);
  const adding = ids.reduce(
    (before, id) => before.then(() => producer.add(payload(id))),
    Promise.resolve(),
  );
  process.once('SIGTERM', () => {
    void adding
      .then(() => worker.close())
      .then(() => producer.close())
      .then(() => redis.quit());
  });
}

Logger.overrideLogger(['log', 'warn', 'error']);
if (generation === 1) {
  run(firstGeneration(queue), (id) => ({ v: 1 as const, id, does: 'work' }));
} else {
  run(secondGeneration(queue), (id) => ({ v: 2 as const, id, does: 'work', effort: 3 }));
}
