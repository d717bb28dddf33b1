import { Controller, Get, Inject, Res } from '@nestjs/common';
import { type Response } from 'express';
import { READINESS_CHECKS, type ReadinessCheck } from './readiness.js';
import { live, runChecks } from './run-checks.js';

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
