import { type BeforeApplicationShutdown } from '@nestjs/common';
import { setTimeout as sleep } from 'node:timers/promises';
import { isMetricsPath } from '../http/metrics-guard.js';
import { type NextFunction, type Request, type Response } from 'express';

/** Seconds; by then a balancer has seen the readiness probe fail. */
const RETRY_AFTER = '1';

const NOT_READY = {
  status: 'not ready',
  checks: [{ name: 'shutdown', ok: false, code: 'SHUTTING_DOWN', reason: 'shutting down' }],
};

const REFUSAL = {
  error: {
    code: 'SHUTTING_DOWN',
    message: 'this process is shutting down; send the request again',
    details: {},
  },
};

/**
 * The HTTP calls in hand. Once it refuses, `/health/ready` and every new call get 503, only `/health/live`
 * and `/metrics` go on being answered; the answers in hand go out before the server cuts its connections.
 */
export class RequestsInHand implements BeforeApplicationShutdown {
  private readonly answers = new Set<Promise<void>>();
  private refusedAt: number | null = null;

  /** @param patienceMs how long a client may take to end its request, from the refusal on */
  constructor(private readonly patienceMs: number) {}

  readonly middleware = (request: Request, response: Response, next: NextFunction): void => {
    if (this.refusedAt !== null) {
      response.setHeader('connection', 'close');
      if (request.path === '/health/ready') {
        response.status(503).json(NOT_READY);
        return;
      }
      if (request.path !== '/health/live' && !isMetricsPath(request.path)) {
        response.status(503).setHeader('retry-after', RETRY_AFTER).json(REFUSAL);
        return;
      }
    }
    const closed = new Promise<void>((resolve) => response.once('close', resolve));
    this.answers.add(closed);
    void closed.then(() => this.answers.delete(closed));
    next();
  };

  refuse(): void {
    this.refusedAt ??= Date.now();
  }

  async beforeApplicationShutdown(): Promise<void> {
    const waited = Date.now() - (this.refusedAt ?? Date.now());
    const patience = sleep(Math.max(0, this.patienceMs - waited), undefined, { ref: false });
    await Promise.race([Promise.all(this.answers), patience]);
  }
}
