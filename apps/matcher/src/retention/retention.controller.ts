import { Controller, Logger } from '@nestjs/common';
import {
  retentionHttp,
  type RetentionRequest,
  type RetentionStep,
} from '#shared/contracts/http/retention.http.js';
import { type ParsedInput } from '#shared/contracts/http/route.js';
import { Tenant } from '#shared/platform/http/access.js';
import { Input, Route } from '#shared/platform/http/route.js';
import { ExpiredEvents, ExpiredSightings, ExpiredSnapshots } from './expired.js';

@Controller()
export class RetentionController {
  private readonly logger = new Logger('retention');

  constructor(
    private readonly sightings: ExpiredSightings,
    private readonly snapshots: ExpiredSnapshots,
    private readonly events: ExpiredEvents,
  ) {}

  @Route(retentionHttp.sightings)
  async expireSightings(
    @Tenant() tenant: string,
    @Input() { body }: ParsedInput<typeof retentionHttp.sightings>,
  ) {
    return this.logged('sightings', tenant, body, await this.sightings.step(tenant, body));
  }

  @Route(retentionHttp.snapshots)
  async expireSnapshots(
    @Tenant() tenant: string,
    @Input() { body }: ParsedInput<typeof retentionHttp.snapshots>,
  ) {
    return this.logged('snapshots', tenant, body, await this.snapshots.step(tenant, body));
  }

  @Route(retentionHttp.events)
  async expireEvents(
    @Tenant() tenant: string,
    @Input() { body }: ParsedInput<typeof retentionHttp.events>,
  ) {
    return this.logged('events', tenant, body, await this.events.step(tenant, body));
  }

  /** The log is the proof of when personal data was deleted. */
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
      this.logger.error(`could not delete ${step.failed ?? 0} ${what}: ${code}: ${message}`);
    }
    return step;
  }
}
