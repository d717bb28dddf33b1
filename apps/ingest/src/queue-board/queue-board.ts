import { Logger, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { type HttpAdapterHost } from '@nestjs/core';
import { type NestExpressApplication } from '@nestjs/platform-express';
import { Queue } from 'bullmq';
import { type NextFunction, type Request, type RequestHandler, type Response } from 'express';
import { type Redis } from 'ioredis';
import { deliverWebhookQueue, webhookOfGroup } from '#shared/contracts/deliver-webhook.contract.js';
import { REDIS_DEPENDENCY } from '#shared/contracts/dependency.js';
import { embedImageContract } from '#shared/contracts/embed-image.contract.js';
import { matchFacesContract } from '#shared/contracts/match-faces.contract.js';
import { PipelineError } from '#shared/contracts/pipeline-error.js';
import { ADMIN_CHALLENGE, isAdmin } from '#shared/platform/http/keys.js';
import { type RateLimits } from '#shared/platform/http/rate-limits.js';
import { EVENT_STREAM } from '#shared/platform/ledger/keys.js';
import { QUEUE_PREFIX } from '#shared/platform/queue/redis.js';

/** The page may run its own scripts and connect to this server only. Some of its styles are inline. */
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
 * Gives the admin read access. The board must not change a queue: a job that is retried, added or removed
 * without the outcome ledger would make the ledger's sums wrong. `sightline dlq` and pausing or cancelling an
 * import keep them right.
 */
function boardGate(adminKey: string, limits: RateLimits): RequestHandler {
  return (request, response, next): void => {
    response.set(HEADERS);
    check(request, response).then(() => next(), next);
  };

  async function check(request: Request, response: Response): Promise<void> {
    const { authorization } = request.headers;
    const isRight = isAdmin(authorization, adminKey);
    // A browser sends the key only after it was asked for it.
    if (authorization !== undefined) {
      await limits.checkCaller(request.ip ?? '', authorization, isRight);
    }
    if (!isRight) {
      response.set('www-authenticate', ADMIN_CHALLENGE);
      const how = 'log in as admin with ADMIN_KEY, or send Authorization: Bearer ADMIN_KEY';
      throw refusal('UNAUTHORIZED', 401, how);
    }
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      response.set('allow', 'GET, HEAD');
      const how = 'the board is read-only; use sightline dlq, or pause and cancel imports';
      throw refusal('BOARD_READ_ONLY', 405, how);
    }
  }
}

function refusal(code: string, httpStatus: number, message: string): PipelineError {
  return new PipelineError(code, message, { stage: 'query', class: 'quarantine', httpStatus });
}

/** The existing queues: those of the pipeline, and one for each webhook that a matcher delivers to. */
class ShownQueues {
  private readonly logger = new Logger('queue-board');
  private readonly queues = new Map<string, Queue>();

  constructor(private readonly redis: Redis) {}

  /** @throws PipelineError REDIS_UNAVAILABLE at once, because a command would wait until Redis is available again */
  async list(): Promise<Queue[]> {
    if (this.redis.status !== 'ready') {
      throw new PipelineError('REDIS_UNAVAILABLE', 'Redis is unavailable; reload the board later', {
        stage: 'query',
        class: 'wait',
        dependency: REDIS_DEPENDENCY,
        httpStatus: 503,
      });
    }
    const names = [embedImageContract.queue, matchFacesContract.queue];
    for (const hook of await this.webhooks()) names.push(deliverWebhookQueue(hook));
    return names.map((name) => this.open(name));
  }

  async close(): Promise<void> {
    for (const queue of this.queues.values()) await queue.close();
  }

  /** Only matchers have webhooks in their settings, so they are found by their consumer groups on the event stream. */
  private async webhooks(): Promise<string[]> {
    if (!(await this.redis.exists(EVENT_STREAM))) return [];
    // A group is a list: name, value, name, value, …
    const groups = (await this.redis.xinfo('GROUPS', EVENT_STREAM)) as unknown[][];
    return groups
      .map((fields) => webhookOfGroup(String(fields[fields.indexOf('name') + 1])))
      .filter((hook) => hook !== null)
      .sort();
  }

  private open(name: string): Queue {
    const known = this.queues.get(name);
    if (known) return known;
    // skipMetasUpdate: reading a queue must not write its metadata.
    const options = { prefix: QUEUE_PREFIX, skipMetasUpdate: true };
    const queue = new Queue(name, { connection: this.redis, ...options });
    queue.on('error', (error) => this.logger.warn(error.message));
    this.queues.set(name, queue);
    return queue;
  }
}

/** Hides embeddings: they are biometric data, and long base64 text. */
function elideEmbeddings(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(elideEmbeddings);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, part]) => [
      name,
      name === 'embedding' ? '…' : elideEmbeddings(part),
    ]),
  );
}

/** Links to other hosts in bull-board's page: its fonts. */
const FOREIGN_LINK = /<link\b[^>]*\bhref="(https?:)?\/\/[^>]*>/gi;

/** Renders pages without links to other hosts. */
function renderLocally(response: Response, next: NextFunction): void {
  const render = response.render.bind(response) as (
    view: string,
    values: object,
    done: (error: Error | null, html?: string) => void,
  ) => void;
  response.render = (view: string, values: unknown) => {
    render(view, values as object, (error, html = '') => {
      if (error) next(error);
      else response.send(html.replace(FOREIGN_LINK, ''));
    });
  };
}

/** bull-board at `basePath`, read-only. Its packages are loaded here, only when the board is configured. */
async function openBoard(basePath: string, queues: ShownQueues): Promise<RequestHandler> {
  const [{ createBullBoard }, { BullMQAdapter }, { ExpressAdapter }] = await Promise.all([
    import('@bull-board/api'),
    import('@bull-board/api/bullMQAdapter'),
    import('@bull-board/express'),
  ]);
  const server = new ExpressAdapter().setBasePath(basePath);
  const options = { uiConfig: { boardTitle: 'Sightline' } };
  const board = createBullBoard({ queues: [], serverAdapter: server, options });

  async function refresh(): Promise<void> {
    const shown = (await queues.list()).map((queue) => {
      const adapter = new BullMQAdapter(queue, { readOnlyMode: true });
      for (const field of ['data', 'returnValue'] as const) {
        adapter.setFormatter(field, elideEmbeddings);
      }
      return adapter;
    });
    board.replaceQueues(shown);
  }

  const router = server.getRouter() as RequestHandler;
  return (request, response, next) => {
    const ready = request.path.startsWith('/api/') ? refresh() : Promise.resolve();
    renderLocally(response, next);
    ready.then(() => router(request, response, next), next);
  };
}

const PATH = '/admin/queues';

/** A page that shows the jobs on the queues to the holder of ADMIN_KEY. */
export class QueueBoard implements OnModuleInit, OnApplicationShutdown {
  private readonly queues: ShownQueues;

  constructor(
    redis: Redis,
    private readonly host: HttpAdapterHost,
    private readonly adminKey: string,
    private readonly limits: RateLimits,
  ) {
    this.queues = new ShownQueues(redis);
  }

  /** Outside of Nest's routes: their guard checks tenants, and the board shows the jobs of all tenants. */
  async onModuleInit(): Promise<void> {
    const app: Pick<NestExpressApplication, 'use'> = this.host.httpAdapter;
    app.use(PATH, boardGate(this.adminKey, this.limits), await openBoard(PATH, this.queues));
    new Logger('queue-board').log(`queues are shown at ${PATH}`);
  }

  async onApplicationShutdown(): Promise<void> {
    await this.queues.close();
  }
}
