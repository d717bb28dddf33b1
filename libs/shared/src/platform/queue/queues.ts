import { type OnApplicationShutdown } from '@nestjs/common';
import { type Redis } from 'ioredis';
import { type QueueContract } from '../../contracts/queue-contract.js';
import { ContractProducer } from './contract-producer.js';
import { ContractWorker, type WorkerOptions } from './contract-worker.js';
import { type JobHandler } from './job-handler.js';

/**
 * Opens producers and workers on the service's connection. Use QueueModule, except for queues that are known
 * only at run time.
 */
export class Queues implements OnApplicationShutdown {
  private readonly producers = new Map<string, ContractProducer<never, unknown>>();

  constructor(
    private readonly service: string,
    private readonly redis: Redis,
  ) {}

  /** One producer per queue, whoever asks; closed after all features. */
  producer<Payload, Result>(
    contract: QueueContract<Payload, Result>,
  ): ContractProducer<Payload, Result> {
    const known = this.producers.get(contract.queue);
    if (known) return known as unknown as ContractProducer<Payload, Result>;
    const producer = new ContractProducer(contract, this.redis);
    this.producers.set(contract.queue, producer as unknown as ContractProducer<never, unknown>);
    return producer;
  }

  /** A worker for the caller to start and to close. */
  worker<Payload, Result>(
    contract: QueueContract<Payload, Result>,
    handler: JobHandler<Payload, Result>,
    options: WorkerOptions,
  ): ContractWorker<Payload, Result> {
    return new ContractWorker(contract, handler, {
      ...options,
      redis: this.redis,
      name: this.service,
    });
  }

  async onApplicationShutdown(): Promise<void> {
    await Promise.all([...this.producers.values()].map((producer) => producer.close()));
  }
}
