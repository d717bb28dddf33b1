import { Controller, Get, Inject, Res } from '@nestjs/common';
import { type Response } from 'express';
import { PipelineError } from '../contracts/pipeline-error.js';
import { redact } from '../logging/redact.js';
import { READINESS_CHECKS, type ReadinessCheck } from './readiness.js';

const CHECK_TIMEOUT_MS = 2_000;

/** live: the event loop turns. ready: every dependency answers. */
@Controller('health')
export class HealthController {
  constructor(@Inject(READINESS_CHECKS) private readonly checks: readonly ReadinessCheck[]) {}

  @Get('live')
  live() {
    return { status: 'live', uptimeSeconds: Math.round(process.uptime()) };
  }

  @Get('ready')
  async ready(@Res({ passthrough: true }) response: Response) {
    const results = await Promise.all(this.checks.map((check) => runCheck(check)));
    const ready = results.every((result) => result.ok);
    response.status(ready ? 200 : 503);
    return { status: ready ? 'ready' : 'not ready', checks: results };
  }
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
