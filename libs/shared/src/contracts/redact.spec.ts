import { describe, expect, it } from '@jest/globals';
import { secretValues } from '../platform/settings/secret-values.js';
import { PipelineError } from './pipeline-error.js';
import { hideSecrets, redact, redactJson } from './redact.js';

const SECRET = 'tr0ub4dor&3 "x"';
hideSecrets([SECRET, 'tr0ub4', 'short']);

describe('redact', () => {
  it.each([
    ['as it is', SECRET],
    ['in a URL', encodeURIComponent(SECRET)],
    ['in JSON', JSON.stringify({ SECRET })],
    ['in base64', Buffer.from(SECRET).toString('base64')],
    ['in base64url', Buffer.from(SECRET).toString('base64url')],
    ['in hex', Buffer.from(SECRET).toString('hex')],
  ])('hides a secret %s, every time', (_, text) => {
    const hidden = redact(`a ${text} b ${text}`);
    expect(hidden).not.toContain(text.replace(/^.*:"|"}$/g, ''));
    expect(hidden).not.toContain('tr0ub4');
    expect(hidden.match(/\*\*\*/g)).toHaveLength(2);
  });

  it('leaves short words and text without secrets unchanged', () => {
    expect(redact('a short word')).toBe('a short word');
    expect(redact('see https://example.org/a@b and me@example.org')).toBe(
      'see https://example.org/a@b and me@example.org',
    );
  });

  it.each(['redis://:pw@host:1/0', 'https://me:pw@host', 's3://key:pw@bucket/x?endpoint=http://h'])(
    'hides user and password in %s',
    (url) => {
      expect(redact(`cannot use ${url}!`)).toMatch(
        /^cannot use [a-z0-9]+:\/\/\*\*\*@(host|bucket)/,
      );
    },
  );

  it('stays fast for malicious text', () => {
    const begin = process.cpuUsage().user;
    redact('a://'.repeat(200_000));
    redact(`a://${'b'.repeat(1_000_000)}`);
    expect(process.cpuUsage(undefined).user - begin).toBeLessThan(5_000_000);
  });

  it('hides secrets inside JSON values', () => {
    expect(redactJson({ a: [{ b: SECRET }], c: 1 })).toEqual({ a: [{ b: '***' }], c: 1 });
  });

  it('hides secrets in pipeline errors', () => {
    const error = new PipelineError('X', `with ${SECRET}`, {
      stage: 'fetch',
      class: 'retry',
      details: { given: SECRET },
    });
    expect(error.message).toBe('with ***');
    expect(error.stack).not.toContain(SECRET);
    expect(error.details).toEqual({ given: '***' });
  });
});

describe('secretValues', () => {
  it('finds the settings that are secret, and their secret parts', () => {
    const values = secretValues({
      API_KEYS: 'first-key-0123456:acme,second-key-012345:',
      ADMIN_KEY: 'the-admin-key-012',
      REDIS_URL: 'redis://me:p%40ss@host:6379',
      QDRANT_API_KEY: 'qdrant-key',
      QDRANT_URL: 'https://qdrant.example',
      WEBHOOKS: '[{"name":"a","url":"https://u:pw@x","secret":"whsec_c2VjcmV0"}]',
      AWS_SECRET_ACCESS_KEY: 'aws-secret',
      METRICS_KEY: 'metrics-key-01234',
      AWS_REGION: 'eu-west-1',
      HOST: '127.0.0.1',
    });
    const basic = (text: string) => Buffer.from(text).toString('base64');
    expect(values).toEqual([
      'first-key-0123456',
      'second-key-012345',
      'the-admin-key-012',
      basic('admin:the-admin-key-012'),
      'p%40ss',
      'p@ss',
      basic('me:p@ss'),
      'qdrant-key',
      'pw',
      'pw',
      basic('u:pw'),
      'c2VjcmV0',
      'aws-secret',
      'metrics-key-01234',
    ]);
  });
});
