import { type OnApplicationShutdown } from '@nestjs/common';
import { type Redis } from 'ioredis';
import { type Stage } from '../../contracts/pipeline-error.js';
import { type QueueContract } from '../../contracts/queue-contract.js';
import { type QueueConfig } from '../settings/service.config.js';
import { ContractProducer } from './contract-producer.js';
import { ContractWorker } from './contract-worker.js';
import { type JobHandler } from './job-handler.js';

export interface WorkerOptions {
  /** Stage of errors that name none. */
  readonly stage: Stage;
  /** Maximum number of jobs in progress. */
  readonly concurrency: number;
  readonly config: QueueConfig;
}

/** Opens producers and workers on the service's connection. For queues known only at run time; else QueueModule. */
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
      redis: this.redis,
      name: this.service,
      stage: options.stage,
      concurrency: options.concurrency,
      config: options.config,
    });
  }

  async onApplicationShutdown(): Promise<void> {
    await Promise.all([...this.producers.values()].map((producer) => producer.close()));
  }
}
