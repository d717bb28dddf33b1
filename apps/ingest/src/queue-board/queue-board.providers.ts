import { type Provider } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { type Redis } from 'ioredis';
import { REDIS } from '../tokens.js';
import { QueueBoard } from './queue-board.js';

/** The board, where there is a key to it; otherwise its path is one that does not exist. */
export function queueBoardProviders(adminKey: string | undefined): Provider[] {
  if (adminKey === undefined) return [];
  return [
    {
      provide: QueueBoard,
      inject: [REDIS, HttpAdapterHost],
      useFactory: (redis: Redis, host: HttpAdapterHost) => new QueueBoard(redis, host, adminKey),
    },
  ];
}
