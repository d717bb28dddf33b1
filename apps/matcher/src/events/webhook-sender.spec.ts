import { describe, expect, it } from '@jest/globals';
import { Webhook } from 'standardwebhooks';
import { signWebhook } from './webhook-sender.js';

// The example of the Standard Webhooks reference libraries.
const SECRET = Buffer.from('MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw', 'base64');

describe('signWebhook', () => {
  it('is accepted by the reference implementation', () => {
    const body = JSON.stringify({ test: 'ä' });
    const headers = signWebhook(SECRET, 'msg_1', Date.now(), body);
    expect(new Webhook(SECRET.toString('base64')).verify(body, headers)).toEqual({ test: 'ä' });
  });

  it('signs as the Standard Webhooks reference libraries do', () => {
    const headers = signWebhook(
      SECRET,
      'msg_p5jXN8AQM9LWM0D4loKWxJek',
      1_614_265_330_999,
      '{"test": 2432232314}',
    );
    expect(headers).toEqual({
      'webhook-id': 'msg_p5jXN8AQM9LWM0D4loKWxJek',
      'webhook-timestamp': '1614265330',
      'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
    });
  });

  it('signs another body, time or id differently', () => {
    const signature = (...args: [string, number, string]) =>
      signWebhook(SECRET, ...args)['webhook-signature'];
    const all = [
      signature('a', 1_000, 'x'),
      signature('a', 1_000, 'y'),
      signature('a', 2_000, 'x'),
      signature('b', 1_000, 'x'),
    ];
    expect(new Set(all).size).toBe(4);
  });
});
