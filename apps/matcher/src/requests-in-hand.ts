import { Inject, Injectable, type NestMiddleware, type OnModuleDestroy } from '@nestjs/common';
import { setTimeout as sleep } from 'node:timers/promises';
import { type NextFunction, type Request, type Response } from 'express';
import { type MatcherConfig } from './matcher.config.js';
import { MATCHER_CONFIG } from './tokens.js';

/** Lets the answers in hand go out before the server cuts its connections. */
@Injectable()
export class RequestsInHand implements NestMiddleware, OnModuleDestroy {
  private readonly answers = new Set<Promise<void>>();

  constructor(@Inject(MATCHER_CONFIG) private readonly config: MatcherConfig) {}

  use(_request: Request, response: Response, next: NextFunction): void {
    const closed = new Promise<void>((resolve) => response.once('close', resolve));
    this.answers.add(closed);
    void closed.then(() => this.answers.delete(closed));
    next();
  }

  /** A client that never ends its request is waited for no longer than a query. */
  async onModuleDestroy(): Promise<void> {
    const patience = sleep(this.config.QUERY_DEADLINE_MS, undefined, { ref: false });
    await Promise.race([Promise.all(this.answers), patience]);
  }
}
