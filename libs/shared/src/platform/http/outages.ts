import { Inject, Injectable, Optional } from '@nestjs/common';
import { type NextFunction, type Request, type Response } from 'express';
import { type Redis } from 'ioredis';
import { errorsOf } from '../../contracts/http/errors.js';
import { type Route } from '../../contracts/http/route.js';
import { SERVICE_APIS } from '../../contracts/http/services.http.js';
import { PipelineError } from '../../contracts/pipeline-error.js';
import { Readiness } from '../observability/health.js';
import { REDIS } from '../tokens.js';
import { answerWithError } from './error.filter.js';

/** When the dependencies of a request without an answer are first checked, milliseconds after it came. */
const READ_MS = 1_400;
const WRITE_MS = 5_000;
/** Pause before the next check, milliseconds. */
const AGAIN_MS = 1_000;
/**
 * Time for one of two checks, milliseconds: a read is answered within two seconds. The second is for a process
 * whose event loop was blocked during the first.
 */
const CHECK_MS = 200;

/** Names of readiness checks, and the error of a request that needs what they check. */
const DEPENDENCIES = [
  { check: 'redis', code: 'REDIS_UNAVAILABLE', message: 'Redis does not answer' },
  {
    check: 'vectors',
    code: 'VECTOR_STORE_UNAVAILABLE',
    message: 'the vector store does not answer',
  },
] as const;
type Outage = (typeof DEPENDENCIES)[number];
const [REDIS_OUTAGE] = DEPENDENCIES;

const ROUTES = new Map(
  Object.values(SERVICE_APIS).flatMap(({ routes }) =>
    routes.map((route): [string, Route] => [`${route.method} ${route.path}`, route]),
  ),
);

/**
 * Answers requests that wait for an unavailable dependency: commands to Redis wait until it is available
 * again, which is right for jobs and too long for callers. A request that is slow for another reason may go on.
 * Errors: REDIS_UNAVAILABLE, VECTOR_STORE_UNAVAILABLE (503).
 */
@Injectable()
export class Outages {
  /** Set when Redis did not answer although its connection is open. */
  private isRedisSuspect = false;

  constructor(
    private readonly readiness: Readiness,
    @Optional() @Inject(REDIS) private readonly redis: Redis | undefined,
  ) {}

  readonly middleware = (request: Request, response: Response, next: NextFunction): void => {
    const isApi = request.path.startsWith('/v1/');
    if (isApi || request.path.startsWith('/admin/')) this.watch(request, response);
    if (!isApi || !this.redis || (this.redis.status === 'ready' && !this.isRedisSuspect)) {
      next();
      return;
    }
    // Nothing is sent to Redis before it answers: it would run the command after the caller has given up.
    void this.readiness.passes(REDIS_OUTAGE.check, READ_MS).then((passes) => {
      if (response.headersSent || response.destroyed) return;
      this.isRedisSuspect = !passes;
      if (passes) next();
      else answerWithError(response, unavailable(REDIS_OUTAGE));
    });
  };

  private watch(request: Request, response: Response): void {
    const isRead = request.method === 'GET' || request.method === 'HEAD';
    let timer = setTimeout(() => void look(), isRead ? READ_MS : WRITE_MS);
    const look = async () => {
      const outage = await this.outageOf(request);
      if (response.headersSent || response.destroyed) return;
      if (outage) answerWithError(response, unavailable(outage));
      else timer = setTimeout(() => void look(), AGAIN_MS);
    };
    response.once('close', () => clearTimeout(timer));
  }

  /** The first unavailable dependency among those that the route's contract has an error for. */
  private async outageOf(request: Request): Promise<Outage | undefined> {
    const template = (request.route as { readonly path?: unknown } | undefined)?.path;
    const route = ROUTES.get(`${request.method} ${String(template)}`);
    const needed = route
      ? DEPENDENCIES.filter(({ code }) => code in errorsOf(route))
      : [REDIS_OUTAGE];
    const passed = await Promise.all(
      needed.map(
        async ({ check }) =>
          (await this.readiness.passes(check, CHECK_MS)) ||
          (await this.readiness.passes(check, CHECK_MS)),
      ),
    );
    const outage = needed.find((_, i) => !passed[i]);
    if (outage === REDIS_OUTAGE) this.isRedisSuspect = true;
    return outage;
  }
}

const RETRY_AFTER_SECONDS = 2;

function unavailable({ code, message }: Outage): PipelineError {
  return new PipelineError(code, `${message}; try again later`, {
    stage: 'query',
    class: 'wait',
    httpStatus: 503,
    details: { retryAfterSeconds: RETRY_AFTER_SECONDS },
  });
}
