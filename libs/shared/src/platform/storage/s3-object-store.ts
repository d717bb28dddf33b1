import {
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
  type _Object as ListedObject,
  type ListObjectsV2CommandOutput,
} from '@aws-sdk/client-s3';
import { createHash } from 'node:crypto';
import { type Readable } from 'node:stream';
import { PipelineError } from '../../contracts/pipeline-error.js';
import { type SkipReason } from '../../contracts/skip-reason.js';
import { type AddressPolicy } from '../net/address-policy.js';
import { AddressForbiddenError, guardedAgents } from '../net/guarded-agents.js';
import {
  objectArchived,
  objectTooLarge,
  objectChanged,
  objectNotFound,
  storeAccessDenied,
  storeError,
  storeUnavailable,
  objectKeyInvalid,
  type GetOptions,
  type ObjectInfo,
  type ObjectPage,
  type ObjectStore,
} from './object-store.port.js';
import { type S3Location } from './s3-url.js';

/** Reads a stream, and stops as soon as it is longer than `maxBytes`, whatever length the server announced. */
async function readStreamLimited(
  stream: AsyncIterable<Uint8Array>,
  key: string,
  maxBytes: number,
): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  // Leaving the loop destroys the stream and its connection.
  for await (const chunk of stream) {
    size += chunk.byteLength;
    if (size > maxBytes) throw objectTooLarge(key, size, maxBytes);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, size);
}

/** The fields of the SDK's errors that are used here. */
interface S3Failure {
  readonly name?: string;
  readonly message?: string;
  readonly code?: string;
  readonly $metadata?: { readonly httpStatusCode?: number };
}

/** The access key is unknown or expired; the same for every object. */
const BAD_CREDENTIALS = new Set([
  'CredentialsProviderError',
  'ExpiredToken',
  'ExpiredTokenException',
  'InvalidAccessKeyId',
  'InvalidToken',
  'RequestTimeTooSkewed',
  'SignatureDoesNotMatch',
  'TokenRefreshRequired',
]);

/** Converts the error of a request for `key`. */
export function s3Error(error: unknown, bucket: string, key: string): PipelineError {
  if (error instanceof PipelineError) return error;
  if (error instanceof AddressForbiddenError) {
    return storeError(
      'STORE_ADDRESS_FORBIDDEN',
      `bucket ${bucket}: ${error.message}`,
      'wait',
      error,
    );
  }
  const failure = error as S3Failure;
  const name = failure.name ?? failure.code ?? 'Error';
  const status = failure.$metadata?.httpStatusCode;
  const text = `bucket ${bucket}: ${name}${describe(failure, status)}`;
  if (name === 'NoSuchBucket') {
    return storeError('STORE_BUCKET_MISSING', `there is no bucket ${bucket}`, 'wait', error);
  }
  if (BAD_CREDENTIALS.has(name)) {
    return storeAccessDenied(`${text}; check the AWS credentials`, 'wait', error);
  }
  if (name === 'NoSuchKey' || name === 'NotFound') return objectNotFound(key, error);
  if (name === 'InvalidObjectState') return objectArchived(key, error);
  if (name === 'PreconditionFailed' || status === 412) return objectChanged(key);
  if (name === 'AccessDenied' || name === 'Forbidden' || status === 401 || status === 403) {
    return storeAccessDenied(`${text}, for ${key}`, 'retry', error);
  }
  if (status === 301 || status === 307) {
    return storeUnavailable(`${text}; is the region in the URL of the store correct?`, error);
  }
  if (status !== undefined && status >= 400 && status < 500 && !isThrottling(status)) {
    return storeError('STORE_REQUEST_REFUSED', `${text}, for ${key}`, 'retry', error);
  }
  return storeUnavailable(text, error);
}

function isThrottling(status: number): boolean {
  return status === 408 || status === 429;
}

function describe(failure: S3Failure, status: number | undefined): string {
  const message = failure.message && failure.message !== failure.name ? `: ${failure.message}` : '';
  return (status === undefined ? '' : ` (HTTP ${status})`) + message;
}

/** Maximum number of connections of one process; they are kept open. */
const MAX_CONNECTIONS = 64;
const CONNECT_TIMEOUT_MS = 5_000;
/** Longest time without data from the server, before and during an answer. */
const IDLE_TIMEOUT_MS = 30_000;

/** Metadata that shows whether a put would change the object; ETags of encrypted objects do not. */
const SHA256_METADATA = 'sightline-sha256';

/** Objects of a bucket under a prefix; versions are ETags. Credentials come from the AWS default chain. */
export class S3ObjectStore implements ObjectStore {
  private readonly client: S3Client;

  constructor(
    private readonly location: S3Location,
    addresses: AddressPolicy,
  ) {
    const agents = guardedAgents(addresses, { keepAlive: true, maxSockets: MAX_CONNECTIONS });
    this.client = new S3Client({
      ...(location.endpoint !== undefined && { endpoint: location.endpoint }),
      ...(location.region !== undefined && { region: location.region }),
      forcePathStyle: location.pathStyle,
      // By default the SDK sends checksums as trailers, which many S3 servers other than AWS refuse.
      requestChecksumCalculation: 'WHEN_REQUIRED',
      responseChecksumValidation: 'WHEN_REQUIRED',
      maxAttempts: 3,
      requestHandler: {
        connectionTimeout: CONNECT_TIMEOUT_MS,
        requestTimeout: IDLE_TIMEOUT_MS,
        throwOnRequestTimeout: true,
        socketTimeout: IDLE_TIMEOUT_MS,
        httpAgent: agents.http,
        httpsAgent: agents.https,
      },
    });
  }

  /** The cursor is the last key. A token of the server may become invalid when the server restarts. */
  async list(prefix: string, options: { cursor?: string; limit: number }): Promise<ObjectPage> {
    const page = await this.listPage(prefix, options);
    const listed = page.Contents ?? [];
    const decode = page.EncodingType === 'url' ? decodeUrl : (key: string) => key;
    const entries = listed.map((object) => {
      const info = this.listedInfo(object, decode);
      return { info, reason: whySkipped(object, info) };
    });
    // S3 tools create an empty object with the name of the prefix to show an empty folder.
    const inside = entries.filter(({ info }) => info.key !== '');
    return {
      objects: inside.flatMap(({ info, reason }) => (reason === null ? [info] : [])),
      skipped: inside.flatMap(({ info: { key }, reason }) => (reason ? [{ key, reason }] : [])),
      cursor: page.IsTruncated ? (entries.at(-1)?.info.key ?? null) : null,
    };
  }

  /** Where many objects were deleted, a server may answer with empty pages before the next object. */
  private async listPage(
    prefix: string,
    { cursor, limit }: { readonly cursor?: string; readonly limit: number },
  ): Promise<ListObjectsV2CommandOutput> {
    let token: string | undefined;
    for (;;) {
      const page = await this.attempt(prefix, () =>
        this.client.send(
          new ListObjectsV2Command({
            Bucket: this.location.bucket,
            Prefix: this.fullKey(prefix),
            // XML cannot hold control characters.
            EncodingType: 'url',
            MaxKeys: Math.min(limit, 1000),
            OptionalObjectAttributes: ['RestoreStatus'],
            ...(cursor !== undefined && { StartAfter: this.fullKey(cursor) }),
            ...(token !== undefined && { ContinuationToken: token }),
          }),
        ),
      );
      if (!page.IsTruncated || (page.Contents ?? []).length > 0) return page;
      if (page.NextContinuationToken === undefined || page.NextContinuationToken === token) {
        throw storeUnavailable(
          `bucket ${this.location.bucket}: a page of the listing is empty, and there is no way to the next one`,
        );
      }
      token = page.NextContinuationToken;
    }
  }

  async stat(key: string): Promise<ObjectInfo> {
    return (await this.head(key)).info;
  }

  async get(key: string, options: GetOptions): Promise<Buffer> {
    const { version, maxBytes, signal } = options;
    try {
      const answer = await this.client.send(
        new GetObjectCommand({
          Bucket: this.location.bucket,
          Key: this.objectKey(key),
          ...(version !== undefined && { IfMatch: `"${version}"` }),
        }),
        { ...(signal && { abortSignal: signal }) },
      );
      const body = answer.Body as Readable;
      try {
        // Some servers ignore If-Match.
        if (version !== undefined && toVersion(answer.ETag) !== version) throw objectChanged(key);
        const size = answer.ContentLength ?? 0;
        if (size > maxBytes) throw objectTooLarge(key, size, maxBytes);
        return await readStreamLimited(body, key, maxBytes);
      } finally {
        body.destroy();
      }
    } catch (error) {
      signal?.throwIfAborted();
      throw s3Error(error, this.location.bucket, key);
    }
  }

  async put(key: string, bytes: Buffer, contentType: string): Promise<ObjectInfo> {
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    const present = await this.headIfPresent(key);
    if (present?.sha256 === sha256 && present.info.size === bytes.length) return present.info;
    await this.attempt(key, () =>
      this.client.send(
        new PutObjectCommand({
          Bucket: this.location.bucket,
          Key: this.objectKey(key),
          Body: bytes,
          ContentType: contentType,
          // A browser that is given the address of the object saves it instead of showing it.
          ContentDisposition: 'attachment',
          Metadata: { [SHA256_METADATA]: sha256 },
        }),
      ),
    );
    return this.stat(key);
  }

  async delete(key: string): Promise<void> {
    const target = { Bucket: this.location.bucket, Key: this.objectKey(key) };
    await this.attempt(key, () => this.client.send(new DeleteObjectCommand(target)));
  }

  async check(): Promise<void> {
    await this.list('', { limit: 1 });
  }

  private async head(key: string): Promise<{ info: ObjectInfo; sha256: string | undefined }> {
    const target = { Bucket: this.location.bucket, Key: this.objectKey(key) };
    const head = await this.attempt(key, () => this.client.send(new HeadObjectCommand(target)));
    const info = {
      key,
      version: toVersion(head.ETag),
      size: head.ContentLength ?? 0,
      lastModified: head.LastModified ?? new Date(),
    };
    return { info, sha256: head.Metadata?.[SHA256_METADATA] };
  }

  private async headIfPresent(key: string) {
    try {
      return await this.head(key);
    } catch (error) {
      const failure = s3Error(error, this.location.bucket, key);
      if (failure.code === 'OBJECT_NOT_FOUND') return null;
      throw failure;
    }
  }

  private listedInfo(object: ListedObject, decode: (key: string) => string): ObjectInfo {
    return {
      key: decode(object.Key ?? '').slice(this.location.prefix.length),
      version: toVersion(object.ETag),
      size: object.Size ?? 0,
      lastModified: object.LastModified ?? new Date(),
    };
  }

  private objectKey(key: string): string {
    if (key === '') throw objectKeyInvalid(key, 'is empty');
    const full = this.fullKey(key);
    if (Buffer.byteLength(full) > 1024) throw objectKeyInvalid(key, 'is longer than S3 allows');
    if (Buffer.from(key).toString() !== key) throw objectKeyInvalid(key, 'is not valid Unicode');
    return full;
  }

  private fullKey(key: string): string {
    return this.location.prefix + key;
  }

  private async attempt<T>(key: string, send: () => Promise<T>): Promise<T> {
    try {
      return await send();
    } catch (error) {
      throw s3Error(error, this.location.bucket, key);
    }
  }
}

/** Classes whose objects must be restored before they can be read; GLACIER_IR is read like any other. */
const COLD_CLASSES = new Set(['GLACIER', 'DEEP_ARCHIVE']);

function whySkipped(object: ListedObject, { key, size }: ObjectInfo): SkipReason | null {
  if (key.endsWith('/') && size === 0) return 'folder-marker';
  const isCold = COLD_CLASSES.has(object.StorageClass ?? '');
  return isCold && !isRestored(object) ? 'cold-storage' : null;
}

function isRestored({ RestoreStatus: status }: ListedObject): boolean {
  const until = status?.RestoreExpiryDate?.getTime() ?? 0;
  return status?.IsRestoreInProgress !== true && until > Date.now();
}

function toVersion(etag: string | undefined): string {
  return (etag ?? '').replace(/^"|"$/g, '');
}

/** Form encoding: a space is '+'. */
function decodeUrl(text: string): string {
  return decodeURIComponent(text.replaceAll('+', ' '));
}
