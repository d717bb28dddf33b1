import { describe, expect, it } from '@jest/globals';
import { matchEvent } from '../../../../test/support/match-events.js';
import { deliverWebhookContract } from './deliver-webhook.contract.js';

const { payload } = deliverWebhookContract('hook', { attempts: 1, backoffMs: 1 });
const delivery = (event: unknown) => ({ v: 1, hook: 'hook', event });

describe('deliverWebhookContract', () => {
  it('accepts events from before scores had a metric', () => {
    const { metric, ...older } = matchEvent('older.jpg').data;
    expect(metric).toBe('cosine');
    const parsed = payload.parse(delivery({ ...matchEvent('older.jpg'), data: older }));
    expect(parsed).toEqual(delivery(matchEvent('older.jpg')));
  });

  it('accepts the event of a face without a threshold', () => {
    const event = matchEvent('any.jpg', { threshold: null, reason: 'uncalibrated' });
    expect(payload.parse(delivery(event))).toEqual(delivery(event));
  });
});
