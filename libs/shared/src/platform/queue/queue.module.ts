import {
  type DynamicModule,
  Inject,
  Module,
  type OnApplicationBootstrap,
  type OnModuleDestroy,
  type Type,
} from '@nestjs/common';
import { ModuleRef } from '@nestjs/core';
import { type QueueContract } from '../../contracts/queue-contract.js';
import { type ContractWorker } from './contract-worker.js';
import { type JobHandler } from './job-handler.js';
import { type WorkerOptions } from './contract-worker.js';
import { Queues } from './queues.js';

type AnyContract = Pick<QueueContract<never, unknown>, 'queue'>;

/** Injects the ContractProducer of a contract; the module imports `QueueModule.producer(contract)`. */
export const InjectProducer = (contract: AnyContract) => Inject(producerToken(contract));

function producerToken({ queue }: AnyContract): string {
  return `producer of ${queue}`;
}

/** Connects features to queues: a handler that takes a contract's jobs, a producer that adds them. */
@Module({})
export class QueueModule {
  /**
   * Takes jobs from the contract's queue once the service has started, and gives them to the handler, a
   * provider of the importing module. At shutdown it waits for the jobs in progress.
   */
  static forFeature<Payload, Result>(
    contract: QueueContract<Payload, Result>,
    handler: Type<JobHandler<Payload, Result>>,
    options: WorkerOptions,
  ): DynamicModule {
    return {
      module: QueueModule,
      providers: [
        {
          provide: `worker of ${contract.queue}`,
          inject: [Queues, ModuleRef],
          useFactory: (queues: Queues, modules: ModuleRef) =>
            new FeatureWorker(() =>
              queues.worker(contract, modules.get(handler, { strict: false }), options),
            ),
        },
      ],
    };
  }

  static producer<Payload, Result>(contract: QueueContract<Payload, Result>): DynamicModule {
    const provide = producerToken(contract);
    return {
      module: QueueModule,
      providers: [
        { provide, inject: [Queues], useFactory: (queues: Queues) => queues.producer(contract) },
      ],
      exports: [provide],
    };
  }
}

/** Opens the worker when all providers exist, since its handler belongs to another module. */
class FeatureWorker<Payload, Result> implements OnApplicationBootstrap, OnModuleDestroy {
  private worker: ContractWorker<Payload, Result> | undefined;

  constructor(private readonly open: () => ContractWorker<Payload, Result>) {}

  onApplicationBootstrap(): void {
    this.worker = this.open();
    this.worker.start();
  }

  async onModuleDestroy(): Promise<void> {
    await this.worker?.close();
  }
}
