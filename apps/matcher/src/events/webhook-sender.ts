import { Logger } from '@nestjs/common';
import { createHmac } from 'node:crypto';
import http from 'node:http';
import https from 'node:https';
import { type DeliverWebhookPayload } from '#shared/contracts/deliver-webhook.contract.js';
import { type MatchEvent } from '#shared/contracts/match-event.contract.js';
import { PipelineError } from '#shared/contracts/pipeline-error.js';
import {
  type DeadLetterWriter,
  makeDeadLetter,
  tenantOf,
} from '#shared/platform/ledger/dead-letter-writer.js';
import { type GuardedAgents, AddressForbiddenError } from '#shared/platform/net/guarded-agents.js';
import { exportedTraceparent } from '#shared/platform/observability/tracing.js';
import { type JobEvidence } from '#shared/platform/queue/job-evidence.js';
import { type JobHandler } from '#shared/platform/queue/job-handler.js';
import { countDelivery, initialiseDeliveries } from './webhook-metrics.js';
import { type Webhook } from './webhook.config.js';

interface Post {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** Limit for connecting, sending and receiving the status together, milliseconds. */
  readonly timeoutMs: number;
}

/**
 * Sends a POST request and returns the status of the answer. Does not follow redirects and does not
 * read the body of the answer.
 * @throws AddressForbiddenError, or an Error that describes why the connection failed
 */
function post(url: string, { headers, body, timeoutMs }: Post, agents: GuardedAgents) {
  const { protocol } = new URL(url);
  const [request, agent] =
    protocol === 'https:' ? [https.request, agents.https] : [http.request, agents.http];
  return new Promise<number>((resolve, reject) => {
    const sent = request(url, {
      method: 'POST',
      headers: { ...headers, 'content-length': Buffer.byteLength(body) },
      agent,
    });
    const timer = setTimeout(
      () => sent.destroy(new Error(`no answer within ${timeoutMs} ms`)),
      timeoutMs,
    );
    sent.on('close', () => clearTimeout(timer));
    sent.on('error', reject);
    sent.on('response', (response) => {
      response.on('error', () => undefined).destroy();
      resolve(response.statusCode ?? 0);
    });
    sent.end(body);
  });
}

/**
 * Headers that let a receiver verify the sender and the time of a webhook (Standard Webhooks).
 * https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
 * @param id the same for every attempt, so that a receiver can ignore duplicates
 * @param sentAt milliseconds since the epoch
 */
export function signWebhook(secret: Buffer, id: string, sentAt: number, body: string) {
  const timestamp = String(Math.floor(sentAt / 1000));
  const signature = createHmac('sha256', secret)
    .update(`${id}.${timestamp}.${body}`)
    .digest('base64');
  return {
    'webhook-id': id,
    'webhook-timestamp': timestamp,
    'webhook-signature': `v1,${signature}`,
  };
}

/** Posts events to one endpoint. Every answer except 2xx is retried; 410 Gone fails at once. */
export class WebhookSender implements JobHandler<DeliverWebhookPayload, null> {
  private readonly logger = new Logger('webhooks');
  private refusal: { readonly since: string; readonly reason: string } | null = null;

  constructor(
    private readonly hook: Webhook,
    private readonly timeoutMs: number,
    private readonly agents: GuardedAgents,
    private readonly letters: DeadLetterWriter,
  ) {
    initialiseDeliveries(hook.name);
  }

  async handle({ event }: DeliverWebhookPayload): Promise<null> {
    try {
      await this.deliver(event);
    } catch (error) {
      countDelivery(this.hook.name, 'failed');
      this.refusal = {
        since: this.refusal?.since ?? new Date().toISOString(),
        reason: (error as Error).message,
      };
      throw error;
    }
    countDelivery(this.hook.name, 'delivered');
    this.refusal = null;
    return null;
  }

  /** Why deliveries fail, and since when; null when the last one succeeded. */
  get problem(): string | null {
    return this.refusal && `${this.refusal.reason}, since ${this.refusal.since}`;
  }

  async giveUp(
    { event }: DeliverWebhookPayload,
    error: PipelineError,
    evidence: JobEvidence,
  ): Promise<void> {
    countDelivery(this.hook.name, 'gave_up');
    this.logger.error(`event ${event.id} could not be delivered: ${error.message}`);
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
    const traceparent = exportedTraceparent();
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
