import { Body, Controller, HttpCode, Logger, Post } from '@nestjs/common';
import { Tenant } from '#shared/platform/http/access.js';
import { ZodPipe } from '#shared/platform/http/zod.pipe.js';
import {
  ExpiredEvents,
  ExpiredSightings,
  ExpiredSnapshots,
  retentionRequestSchema,
  type RetentionRequest,
  type RetentionStep,
} from './expired.js';

/**
 * Deletes what a tenant may not keep any longer, so much at a request that it is answered soon: ask again
 * with the cursor until it is null. Safe to break off and to repeat.
 */
@Controller('v1/retention')
export class RetentionController {
  private readonly logger = new Logger('retention');

  constructor(
    private readonly sightings: ExpiredSightings,
    private readonly snapshots: ExpiredSnapshots,
    private readonly events: ExpiredEvents,
  ) {}

  @Post('sightings')
  @HttpCode(200)
  async expireSightings(
    @Tenant() tenant: string,
    @Body(new ZodPipe(retentionRequestSchema)) request: RetentionRequest,
  ) {
    return this.logged('sightings', tenant, request, await this.sightings.step(tenant, request));
  }

  @Post('snapshots')
  @HttpCode(200)
  async expireSnapshots(
    @Tenant() tenant: string,
    @Body(new ZodPipe(retentionRequestSchema)) request: RetentionRequest,
  ) {
    return this.logged('snapshots', tenant, request, await this.snapshots.step(tenant, request));
  }

  @Post('events')
  @HttpCode(200)
  async expireEvents(
    @Tenant() tenant: string,
    @Body(new ZodPipe(retentionRequestSchema)) request: RetentionRequest,
  ) {
    return this.logged('events', tenant, request, await this.events.step(tenant, request));
  }

  /** Who keeps personal data must be able to say when it went. */
  private logged(
    kind: string,
    tenant: string,
    { before, dryRun }: RetentionRequest,
    step: RetentionStep,
  ): RetentionStep {
    const what = `${kind} of ${tenant} from before ${new Date(before).toISOString()}`;
    if (!dryRun && step.count > 0) this.logger.log(`deleted ${step.count} ${what}`);
    if (step.problem) {
      const { code, message } = step.problem;
      this.logger.error(`could not delete ${step.failed} ${what}: ${code}: ${message}`);
    }
    return step;
  }
}
