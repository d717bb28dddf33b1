import { createHmac } from 'node:crypto';

/**
 * Headers that let a receiver check who sent a webhook and when.
 * https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
 * @param id same for every attempt, so that a receiver can drop repeats
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
