import { Logger, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { type HttpAdapterHost } from '@nestjs/core';
import { type NestExpressApplication } from '@nestjs/platform-express';
import { type Redis } from 'ioredis';
import { boardGate } from './board-gate.js';
import { openBoard } from './open-board.js';
import { ShownQueues } from './shown-queues.js';

const PATH = '/admin/queues';

/** A page that shows what is on the queues, for whoever has ADMIN_KEY. */
export class QueueBoard implements OnModuleInit, OnApplicationShutdown {
  private readonly queues: ShownQueues;

  constructor(
    redis: Redis,
    private readonly host: HttpAdapterHost,
    private readonly adminKey: string,
  ) {
    this.queues = new ShownQueues(redis);
  }

  /** Beside Nest's routes: their guard knows tenants, and the board shows every tenant's jobs. */
  async onModuleInit(): Promise<void> {
    const app: Pick<NestExpressApplication, 'use'> = this.host.httpAdapter;
    app.use(PATH, boardGate(this.adminKey), await openBoard(PATH, this.queues));
    new Logger('queue-board').log(`queues are shown at ${PATH}`);
  }

  async onApplicationShutdown(): Promise<void> {
    await this.queues.close();
  }
}
