import { Controller, Inject, Injectable, Req, Res } from '@nestjs/common';
import { type Request, type Response } from 'express';
import { type Redis } from 'ioredis';
import {
  healthHttp,
  type Readiness as ReadinessAnswer,
  type ReadinessResult,
} from '../../contracts/http/health.http.js';
import { PipelineError, redisTrouble, toPipelineError } from '../../contracts/pipeline-error.js';
import { redact } from '../../contracts/redact.js';
import { type OriginConfig, Origins } from '../http/origins.js';
import { Route } from '../http/route.js';
import { KEY_PREFIX } from '../queue/redis.js';
import { within } from '../queue/time-limit.js';
import { type ObjectStore } from '../storage/object-store.port.js';
import { type ObjectStores } from '../storage/open-stores.js';
import { CONFIG } from '../tokens.js';

/** Something a service needs before it can do its work. */
export interface ReadinessCheck {
  readonly name: string;
  /** Resolves with facts to show when usable; rejects with the reason when not. */
  check(): Promise<Readonly<Record<string, unknown>>>;
}

/** The checks behind `/health/ready`, in the order in which they were added. */
@Injectable()
export class Readiness {
  private readonly checks: ReadinessCheck[] = [];

  add(...checks: readonly ReadinessCheck[]): void {
    this.checks.push(...checks);
  }

  check(): Promise<ReadinessAnswer> {
    return runChecks(this.checks);
  }

  /** Whether a check passes within this time. A check that the service does not have passes. */
  async passes(name: string, ms: number): Promise<boolean> {
    const found = this.checks.find((check) => check.name === name);
    return !found || (await runCheck(found, ms)).ok;
  }
}

/** Less than the two seconds within which every read is answered. */
const CHECK_TIMEOUT_MS = 1_500;

/** The answer of a process whose event loop is not blocked. */
export function live(instance: string) {
  return { status: 'live' as const, uptimeSeconds: Math.round(process.uptime()), instance };
}

/** Runs all checks at once, each within CHECK_TIMEOUT_MS. */
export async function runChecks(checks: readonly ReadinessCheck[]): Promise<ReadinessAnswer> {
  const results = await Promise.all(checks.map((check) => runCheck(check, CHECK_TIMEOUT_MS)));
  const ready = results.every((result) => result.ok);
  return { status: ready ? 'ready' : 'not ready', checks: results };
}

async function runCheck(check: ReadinessCheck, ms: number): Promise<ReadinessResult> {
  try {
    const facts = await within(check.check(), ms, () => new Error('no answer'));
    return { name: check.name, ok: true, ...facts };
  } catch (thrown) {
    const error = redisTrouble(thrown) ? toPipelineError(thrown, 'query') : thrown;
    return {
      name: check.name,
      ok: false,
      // lasting: waiting does not help.
      ...(error instanceof PipelineError && { code: error.code, lasting: !error.retryable }),
      reason: redact(error instanceof Error ? error.message : String(error)),
    };
  }
}

/** A key that never exists. */
const NO_KEY = `${KEY_PREFIX}:readiness`;

/**
 * Whether Redis accepts writes: a replica, to which a failover may have led, answers a PING too. Deleting a key
 * that does not exist is a write that changes nothing and that a full Redis accepts.
 * @param facts to show when it does
 */
export function redisCheck(
  redis: Redis,
  facts: Readonly<Record<string, unknown>> = {},
): ReadinessCheck {
  let asking: Promise<unknown> | undefined;
  return {
    name: 'redis',
    check: async () => {
      // Commands wait while Redis is unavailable: one waiting command is enough.
      asking ??= redis.unlink(NO_KEY).finally(() => (asking = undefined));
      await asking;
      return facts;
    },
  };
}

/** One check for each configured store. */
export function storeChecks(stores: ObjectStores): ReadinessCheck[] {
  return stores.names.map((name) => storeCheck(`store ${name}`, stores.get(name)));
}

export function storeCheck(name: string, store: ObjectStore): ReadinessCheck {
  return {
    name,
    check: async () => {
      await store.check();
      return {};
    },
  };
}

/** What everybody may know. */
export function withoutDetails({ status }: ReadinessAnswer): ReadinessAnswer {
  return { status, checks: [] };
}

/** live: the event loop is not blocked. ready: every dependency answers. */
@Controller()
export class HealthController {
  private readonly origins: Origins;

  constructor(
    private readonly readiness: Readiness,
    @Inject(CONFIG) private readonly config: OriginConfig & { readonly INSTANCE_ID: string },
  ) {
    this.origins = new Origins(config);
  }

  @Route(healthHttp.live)
  live() {
    return live(this.config.INSTANCE_ID);
  }

  @Route(healthHttp.ready)
  async ready(@Req() request: Request, @Res({ passthrough: true }) response: Response) {
    const answer = await this.readiness.check();
    response.status(answer.status === 'ready' ? 200 : 503);
    return this.origins.mayReadDetails(request) ? answer : withoutDetails(answer);
  }
}
