import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { type PipelineError } from '#shared/contracts/pipeline-error.js';
import { openUrl, reasonOf } from './open-url.js';
import { sourceMismatch, sourceUnreachable } from './source-errors.js';

export interface DownloadSource {
  readonly url: string;
  /** As the publisher gives it; null where there is none. */
  readonly sha256: string | null;
  /** What is larger is something else. Bytes. */
  readonly maxBytes: number;
}

export interface DownloadOptions {
  /** Told how far it is; `total` is null when the server does not say. Bytes. */
  readonly onProgress?: (received: number, total: number | null) => void;
  /** A server that sends nothing for so long has hung. Milliseconds. */
  readonly stallMs?: number;
}

const STALL_MS = 30_000;

/**
 * Fetches a file of the web into `file`, which must not be there yet.
 * @returns its sha256
 * @throws PipelineError MODEL_SOURCE_UNREACHABLE, also when the connection breaks off or hangs;
 * MODEL_SOURCE_MISMATCH when it is too large or has another sha256
 */
export async function download(
  source: DownloadSource,
  file: string,
  options: DownloadOptions = {},
): Promise<string> {
  const stop = new AbortController();
  const { stallMs = STALL_MS, onProgress } = options;
  const stalled = setTimeout(() => stop.abort(), stallMs);
  const hash = createHash('sha256');
  let received = 0;
  let total: number | null = null;
  const watch = async function* (chunks: AsyncIterable<Uint8Array>) {
    for await (const chunk of readable(source, chunks)) {
      stalled.refresh();
      received += chunk.length;
      if (received > source.maxBytes) throw tooLarge(source);
      hash.update(chunk);
      onProgress?.(received, total);
      yield chunk;
    }
  };
  try {
    const { body, headers } = await openUrl(new URL(source.url), stop.signal);
    total = headers.has('content-length') ? Number(headers.get('content-length')) : null;
    if ((total ?? 0) > source.maxBytes) throw tooLarge(source);
    await pipeline(watch(body!), createWriteStream(file, { flags: 'wx' }));
  } catch (error) {
    if (!stop.signal.aborted) throw error;
    throw sourceUnreachable(source.url, `no answer for ${stallMs / 1_000} s`);
  } finally {
    clearTimeout(stalled);
    stop.abort();
  }
  if (total !== null && received !== total) {
    throw sourceUnreachable(source.url, `broke off after ${received} of ${total} bytes`);
  }
  const sha256 = hash.digest('hex');
  if (source.sha256 === null || sha256 === source.sha256) return sha256;
  throw sourceMismatch(source.url, `its sha256 is ${sha256}, ${source.sha256} is published`);
}

/** What breaks while the file is read is the source's fault; what breaks while it is written is not. */
async function* readable(
  { url }: DownloadSource,
  chunks: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  try {
    yield* chunks;
  } catch (error) {
    throw sourceUnreachable(url, `broke off: ${reasonOf(error)}`, error);
  }
}

function tooLarge({ url, maxBytes }: DownloadSource): PipelineError {
  return sourceMismatch(url, `it is larger than the ${maxBytes} bytes it may have`);
}
