import { describe, expect, it } from '@jest/globals';
import { s3Error } from './s3-object-store.js';

function failure(name: string, httpStatusCode?: number): Error {
  return Object.assign(new Error(`about ${name}`), { name, $metadata: { httpStatusCode } });
}

describe('s3Error', () => {
  it.each([
    ['NoSuchKey', 404, 'OBJECT_NOT_FOUND', 'quarantine'],
    ['NotFound', 404, 'OBJECT_NOT_FOUND', 'quarantine'],
    ['NoSuchBucket', 404, 'STORE_BUCKET_MISSING', 'wait'],
    ['PreconditionFailed', 412, 'OBJECT_CHANGED', 'quarantine'],
    ['AccessDenied', 403, 'STORE_ACCESS_DENIED', 'retry'],
    ['Forbidden', 403, 'STORE_ACCESS_DENIED', 'retry'],
    ['InvalidAccessKeyId', 403, 'STORE_ACCESS_DENIED', 'wait'],
    ['SignatureDoesNotMatch', 403, 'STORE_ACCESS_DENIED', 'wait'],
    ['ExpiredToken', 400, 'STORE_ACCESS_DENIED', 'wait'],
    ['CredentialsProviderError', undefined, 'STORE_ACCESS_DENIED', 'wait'],
    ['InvalidObjectState', 403, 'OBJECT_ARCHIVED', 'quarantine'],
    ['InvalidArgument', 400, 'STORE_REQUEST_REFUSED', 'retry'],
    ['PermanentRedirect', 301, 'STORE_UNAVAILABLE', 'wait'],
    ['SlowDown', 503, 'STORE_UNAVAILABLE', 'wait'],
    ['TooManyRequests', 429, 'STORE_UNAVAILABLE', 'wait'],
    ['InternalError', 500, 'STORE_UNAVAILABLE', 'wait'],
    ['TimeoutError', undefined, 'STORE_UNAVAILABLE', 'wait'],
  ])('takes %s (HTTP %s) for %s, which means %s', (name, status, code, errorClass) => {
    expect(s3Error(failure(name, status), 'photos', 'a.jpg')).toMatchObject({
      code,
      class: errorClass,
      stage: 'fetch',
    });
  });

  it('names the bucket and the reason', () => {
    expect(s3Error(failure('SlowDown', 503), 'photos', 'a.jpg').message).toBe(
      'bucket photos: SlowDown (HTTP 503): about SlowDown',
    );
  });
});
