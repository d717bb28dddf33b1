interface ListBucketResult {
  IsTruncated: boolean;
  EncodingType?: string;
  KeyCount: number;
  Prefix: string;
  Contents: { Key: string }[];
}

interface Context {
  query: Record<string, string | undefined>;
  body: unknown;
}

/**
 * Completes s3rver's answers to ListObjectsV2: it knows no encoding-type, and its continuation token
 * needs a cipher that Node no longer has, so it is never told that there is more.
 */
export async function completeListing(context: Context, next: () => Promise<void>): Promise<void> {
  await next();
  const result = (context.body as { ListBucketResult?: ListBucketResult } | null)?.ListBucketResult;
  if (!result) return;
  const limit = Number(context.query['max-keys'] ?? 1000);
  result.IsTruncated = result.Contents.length > limit;
  result.Contents = result.Contents.slice(0, limit);
  result.KeyCount = result.Contents.length;
  if (context.query['encoding-type'] !== 'url') return;
  result.EncodingType = 'url';
  result.Prefix = encode(result.Prefix);
  for (const object of result.Contents) object.Key = encode(object.Key);
}

/** As AWS writes it: a blank is '+'. */
function encode(text: string): string {
  return encodeURIComponent(text).replaceAll('%20', '+').replaceAll('%2F', '/');
}
