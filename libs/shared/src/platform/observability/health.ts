import { Controller, Get, Inject, Res } from '@nestjs/common';
import { type Response } from 'express';
import { type Redis } from 'ioredis';
import { PipelineError } from '../../contracts/pipeline-error.js';
import { redact } from '../../contracts/redact.js';
import { type ObjectStore } from '../storage/object-store.port.js';

/** Something a service needs before it can do its work. */
export interface ReadinessCheck {
  readonly name: string;
  /** Resolves when usable (with facts worth showing), rejects with the reason when not. */
  check(): Promise<Readonly<Record<string, unknown>>>;
}

export const READINESS_CHECKS = Symbol('readiness checks');

const CHECK_TIMEOUT_MS = 2_000;

/** The answer of a process whose event loop turns. */
export function live() {
  return { status: 'live', uptimeSeconds: Math.round(process.uptime()) };
}

/** All checks at once, each within two seconds. */
export async function runChecks(checks: readonly ReadinessCheck[]) {
  const results = await Promise.all(checks.map((check) => runCheck(check)));
  const ready = results.every((result) => result.ok);
  return { status: ready ? 'ready' : 'not ready', checks: results };
}

async function runCheck(check: ReadinessCheck) {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error('no answer')), CHECK_TIMEOUT_MS);
  });
  try {
    const facts = await Promise.race([check.check(), timeout]);
    return { name: check.name, ok: true, ...facts };
  } catch (error) {
    return {
      name: check.name,
      ok: false,
      // lasting: no use in waiting for it to pass.
      ...(error instanceof PipelineError && { code: error.code, lasting: !error.retryable }),
      reason: redact(error instanceof Error ? error.message : String(error)),
    };
  } finally {
    clearTimeout(timer);
  }
}

/** @param facts shown beside a Redis that answers */
export function redisCheck(
  redis: Redis,
  facts: Readonly<Record<string, unknown>> = {},
): ReadinessCheck {
  let asking: Promise<unknown> | undefined;
  return {
    name: 'redis',
    check: async () => {
      // While Redis is away commands wait for it: one of them is enough.
      asking ??= redis.ping().finally(() => (asking = undefined));
      await asking;
      return facts;
    },
  };
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

/** live: the event loop turns. ready: every dependency answers. */
@Controller('health')
export class HealthController {
  constructor(@Inject(READINESS_CHECKS) private readonly checks: readonly ReadinessCheck[]) {}

  @Get('live')
  live() {
    return live();
  }

  @Get('ready')
  async ready(@Res({ passthrough: true }) response: Response) {
    const readiness = await runChecks(this.checks);
    response.status(readiness.status === 'ready' ? 200 : 503);
    return readiness;
  }
}
