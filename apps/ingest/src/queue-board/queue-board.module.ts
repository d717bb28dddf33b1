import { type DynamicModule, Module } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { type Redis } from 'ioredis';
import { RateLimits } from '#shared/platform/http/rate-limits.js';
import { REDIS } from '#shared/platform/tokens.js';
import { QueueBoard } from './queue-board.js';

/** A page that shows the queues. Without an admin key its path does not exist and its packages are not loaded. */
@Module({})
export class QueueBoardModule {
  static register(adminKey: string | undefined): DynamicModule {
    if (adminKey === undefined) return { module: QueueBoardModule };
    return {
      module: QueueBoardModule,
      providers: [
        {
          provide: QueueBoard,
          inject: [REDIS, HttpAdapterHost, RateLimits],
          useFactory: (redis: Redis, host: HttpAdapterHost, limits: RateLimits) =>
            new QueueBoard(redis, host, adminKey, limits),
        },
      ],
    };
  }
}
