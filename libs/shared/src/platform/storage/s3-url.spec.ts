import { describe, expect, it } from '@jest/globals';
import { parseS3Url } from './s3-url.js';

describe('parseS3Url', () => {
  it('reads a bucket of AWS', () => {
    expect(parseS3Url(new URL('s3://My.Bucket_1'))).toEqual({
      bucket: 'My.Bucket_1',
      prefix: '',
      endpoint: undefined,
      region: undefined,
      pathStyle: false,
    });
  });

  it('reads another server, and a prefix as a folder', () => {
    const url = 's3://b/photos/a%20b?endpoint=http://minio:9000&region=eu-1&pathStyle=true';
    expect(parseS3Url(new URL(url))).toEqual({
      bucket: 'b',
      prefix: 'photos/a b/',
      endpoint: 'http://minio:9000',
      region: 'eu-1',
      pathStyle: true,
    });
    expect(parseS3Url(new URL('s3://b/?endpoint=http://minio:9000')).region).toBe('us-east-1');
  });

  it.each([
    's3:///prefix',
    's3://key:secret@b',
    's3://b?pathstyle=true',
    's3://b?pathStyle=yes',
    's3://b?endpoint=minio:9000',
    's3://b?endpoint=http://minio:99999',
    's3://b?region=',
    's3://b/100%',
  ])('refuses %s', (url) => {
    expect(() => parseS3Url(new URL(url))).toThrow(
      expect.objectContaining({ code: 'STORE_URL_INVALID' }),
    );
  });
});
