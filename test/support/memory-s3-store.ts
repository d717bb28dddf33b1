import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';

interface StoredObject {
  readonly content: Buffer;
  readonly metadata: Readonly<Record<string, string>>;
}

interface IncomingObject {
  readonly bucket: string;
  readonly key: string;
  readonly content: AsyncIterable<Buffer>;
  readonly metadata: Readonly<Record<string, string>>;
}

/**
 * Object storage for s3rver. Its own storage answers a put before the file is written, and lists files in
 * directory order, so that pages miss keys. This one lists keys in UTF-8 order, as S3 requires.
 */
export class MemoryS3Store {
  private readonly buckets = new Map<string, Map<string, StoredObject>>();

  getBucket(name: string) {
    return this.buckets.has(name) ? { name, creationDate: new Date(0) } : null;
  }

  putBucket(name: string) {
    if (!this.buckets.has(name)) this.buckets.set(name, new Map());
    return this.getBucket(name);
  }

  /** One object more than asked for, if there is one: from it, completeListing (start-s3.ts) sees that there is another page. */
  listObjects(bucket: string, options: { prefix?: string; startAfter?: string; maxKeys: number }) {
    const { prefix = '', startAfter = '', maxKeys } = options;
    const keys = [...this.objects(bucket).keys()]
      .filter((key) => key.startsWith(prefix) && compareUtf8(key, startAfter) > 0)
      .sort(compareUtf8)
      .slice(0, maxKeys + 1);
    const objects = keys.map((key) => this.describe(bucket, key));
    return { objects, commonPrefixes: [], isTruncated: false };
  }

  existsObject(bucket: string, key: string): boolean {
    return this.objects(bucket).has(key);
  }

  getObject(bucket: string, key: string) {
    const object = this.objects(bucket).get(key);
    if (!object) return null;
    return { ...this.describe(bucket, key), content: Readable.from([object.content]) };
  }

  async putObject(object: IncomingObject) {
    const chunks: Buffer[] = [];
    for await (const chunk of object.content) chunks.push(chunk);
    const content = Buffer.concat(chunks);
    const md5 = createHash('md5').update(content).digest('hex');
    const metadata = {
      ...object.metadata,
      etag: JSON.stringify(md5),
      'last-modified': new Date().toUTCString(),
      'content-length': String(content.length),
    };
    this.objects(object.bucket).set(object.key, { content, metadata });
    return { size: content.length, md5 };
  }

  deleteObject(bucket: string, key: string): void {
    this.objects(bucket).delete(key);
  }

  getSubresource() {
    return null;
  }

  private objects(bucket: string): Map<string, StoredObject> {
    const objects = this.buckets.get(bucket);
    if (!objects) throw new Error(`no bucket ${bucket}`);
    return objects;
  }

  private describe(bucket: string, key: string) {
    const { content, metadata } = this.objects(bucket).get(key)!;
    const lastModifiedDate = new Date(metadata['last-modified']!);
    return { bucket, key, metadata, size: content.length, lastModifiedDate };
  }
}

function compareUtf8(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}
