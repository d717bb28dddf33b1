import { Logger, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { type HttpAdapterHost } from '@nestjs/core';
import { type NestExpressApplication } from '@nestjs/platform-express';
import { type NextFunction, type Request, type Response } from 'express';
import { type Redis } from 'ioredis';
import { PipelineError } from '#shared/contracts/pipeline-error.js';
import { ADMIN_CHALLENGE, isAdmin } from '#shared/platform/http/access.js';
import { openBoard } from './open-board.js';
import { ShownQueues } from './shown-queues.js';

/**
 * The page runs its own scripts and talks to this server alone. Its styles are inline in part; the fonts that
 * it would fetch from elsewhere are not needed.
 */
const CONTENT_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "font-src 'self'",
  "connect-src 'self'",
  "base-uri 'self'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

const HEADERS = {
  'content-security-policy': CONTENT_POLICY,
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cache-control': 'no-store',
};

/**
 * Lets the admin look. Nobody changes a queue from here: a job that is retried, added or removed past the
 * ledger of outcomes would break its sums; `sightline dlq` and the imports' own steering keep them.
 */
function boardGate(adminKey: string) {
  return (request: Request, response: Response, next: NextFunction): void => {
    response.set(HEADERS);
    next(problemOf(request, response));
  };

  function problemOf(request: Request, response: Response): PipelineError | undefined {
    if (!isAdmin(request.headers.authorization, adminKey)) {
      response.set('www-authenticate', ADMIN_CHALLENGE);
      const how = 'log in as admin with ADMIN_KEY, or send Authorization: Bearer ADMIN_KEY';
      return refusal('UNAUTHORIZED', 401, how);
    }
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      response.set('allow', 'GET, HEAD');
      const how = 'the board only shows; use sightline dlq, or pause and cancel imports';
      return refusal('BOARD_READ_ONLY', 405, how);
    }
    return undefined;
  }
}

function refusal(code: string, httpStatus: number, message: string): PipelineError {
  return new PipelineError(code, message, { stage: 'query', class: 'quarantine', httpStatus });
}

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
