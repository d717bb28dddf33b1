import { Logger } from '@nestjs/common';
import { type MatchEvent } from '#shared/contracts/match-event.contract.js';
import { PipelineError } from '#shared/contracts/pipeline-error.js';
import { type JobHandler } from '#shared/queue/job-handler.js';
import { type DeadLetterWriter } from '#shared/dead-letters/dead-letter-writer.js';
import { makeDeadLetter, tenantOf } from '#shared/dead-letters/make-dead-letter.js';
import { type JobEvidence } from '#shared/queue/job-evidence.js';
import { AddressForbiddenError, type GuardedAgents } from '#shared/net/guarded-agents.js';
import { tracer } from '#shared/tracing/tracing.js';
import { countDelivery, expectDeliveries } from '../metrics/event-metrics.js';
import { type DeliverWebhookPayload } from './deliver-webhook.contract.js';
import { post } from './post.js';
import { signWebhook } from './webhook-signature.js';
import { type Webhook } from './webhook.config.js';

/** Posts events to one endpoint. Anything but 2xx is tried again later; 410 Gone is not. */
export class WebhookSender implements JobHandler<DeliverWebhookPayload, null> {
  private readonly logger = new Logger('webhooks');

  constructor(
    private readonly hook: Webhook,
    private readonly timeoutMs: number,
    private readonly agents: GuardedAgents,
    private readonly letters: DeadLetterWriter,
  ) {
    expectDeliveries(hook.name);
  }

  async handle({ event }: DeliverWebhookPayload): Promise<null> {
    try {
      await this.deliver(event);
    } catch (error) {
      countDelivery(this.hook.name, 'failed');
      throw error;
    }
    countDelivery(this.hook.name, 'delivered');
    return null;
  }

  async giveUp(
    { event }: DeliverWebhookPayload,
    error: PipelineError,
    evidence: JobEvidence,
  ): Promise<void> {
    countDelivery(this.hook.name, 'gave_up');
    this.logger.error(`event ${event.id} is not delivered: ${error.message}`);
    const { tenant, image, source, space } = event.data;
    await this.letters.put(makeDeadLetter({ error, evidence, tenant, image, source, space }));
  }

  async reject(error: PipelineError, evidence: JobEvidence): Promise<void> {
    const { event } = (evidence.job.data ?? {}) as { event?: { data?: unknown } };
    await this.letters.put(makeDeadLetter({ error, evidence, tenant: tenantOf(event?.data) }));
  }

  private async deliver(event: MatchEvent): Promise<void> {
    const body = JSON.stringify(event);
    const status = await this.post(body, signWebhook(this.hook.secret, event.id, Date.now(), body));
    if (status >= 200 && status < 300) return;
    throw this.failure(`answered ${status}`, status === 410 ? 'quarantine' : 'retry');
  }

  private async post(body: string, signature: Record<string, string>): Promise<number> {
    const traceparent = tracer()?.kept()?.traceparent;
    const headers = {
      'content-type': 'application/cloudevents+json; charset=utf-8',
      ...(traceparent !== undefined && { traceparent }),
      ...signature,
    };
    try {
      return await post(this.hook.url, { headers, body, timeoutMs: this.timeoutMs }, this.agents);
    } catch (error) {
      const forbidden = error instanceof AddressForbiddenError;
      const code = forbidden ? 'WEBHOOK_ADDRESS_FORBIDDEN' : 'WEBHOOK_FAILED';
      throw this.failure((error as Error).message, 'retry', code);
    }
  }

  private failure(
    problem: string,
    errorClass: 'retry' | 'quarantine',
    code = 'WEBHOOK_FAILED',
  ): PipelineError {
    return new PipelineError(code, `webhook ${this.hook.name}: ${problem}`, {
      stage: 'emit',
      class: errorClass,
    });
  }
}
