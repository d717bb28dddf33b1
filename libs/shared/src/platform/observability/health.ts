import { Controller, Inject, Injectable, Res } from '@nestjs/common';
import { type Response } from 'express';
import { type Redis } from 'ioredis';
import {
  healthHttp,
  type Readiness as ReadinessAnswer,
  type ReadinessResult,
} from '../../contracts/http/health.http.js';
import { PipelineError } from '../../contracts/pipeline-error.js';
import { redact } from '../../contracts/redact.js';
import { Route } from '../http/route.js';
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
}

const CHECK_TIMEOUT_MS = 2_000;

/** The answer of a process whose event loop is not blocked. */
export function live(instance: string) {
  return { status: 'live' as const, uptimeSeconds: Math.round(process.uptime()), instance };
}

/** Runs all checks at once, each within two seconds. */
export async function runChecks(checks: readonly ReadinessCheck[]): Promise<ReadinessAnswer> {
  const results = await Promise.all(checks.map((check) => runCheck(check)));
  const ready = results.every((result) => result.ok);
  return { status: ready ? 'ready' : 'not ready', checks: results };
}

async function runCheck(check: ReadinessCheck): Promise<ReadinessResult> {
  try {
    const facts = await within(check.check(), CHECK_TIMEOUT_MS, () => new Error('no answer'));
    return { name: check.name, ok: true, ...facts };
  } catch (error) {
    return {
      name: check.name,
      ok: false,
      // lasting: waiting does not help.
      ...(error instanceof PipelineError && { code: error.code, lasting: !error.retryable }),
      reason: redact(error instanceof Error ? error.message : String(error)),
    };
  }
}

/** @param facts to show when Redis answers */
export function redisCheck(
  redis: Redis,
  facts: Readonly<Record<string, unknown>> = {},
): ReadinessCheck {
  let asking: Promise<unknown> | undefined;
  return {
    name: 'redis',
    check: async () => {
      // Commands wait while Redis is unavailable: one waiting command is enough.
      asking ??= redis.ping().finally(() => (asking = undefined));
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

/** live: the event loop is not blocked. ready: every dependency answers. */
@Controller()
export class HealthController {
  constructor(
    private readonly readiness: Readiness,
    @Inject(CONFIG) private readonly config: { readonly INSTANCE_ID: string },
  ) {}

  @Route(healthHttp.live)
  live() {
    return live(this.config.INSTANCE_ID);
  }

  @Route(healthHttp.ready)
  async ready(@Res({ passthrough: true }) response: Response) {
    const answer = await this.readiness.check();
    response.status(answer.status === 'ready' ? 200 : 503);
    return answer;
  }
}
