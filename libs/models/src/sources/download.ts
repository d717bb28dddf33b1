import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { isNativeError } from 'node:util/types';
import { PipelineError } from '#shared/contracts/pipeline-error.js';

const STALL_MS = 30_000;

const MOST_REDIRECTS = 5;
const REDIRECTS = new Set([301, 302, 303, 307, 308]);

export interface DownloadSource {
  readonly url: string;
  /** As the publisher gives it; null where there is none. */
  readonly sha256: string | null;
  /** What is larger is something else. Bytes. */
  readonly maxBytes: number;
}

/** Told how far a download is, in bytes; `total` is null when the server does not say. */
export type DownloadProgress = (received: number, total: number | null) => void;

export interface DownloadOptions {
  readonly onProgress?: DownloadProgress;
  /** A server that sends nothing for so long has hung. Milliseconds. */
  readonly stallMs?: number;
}

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

/**
 * Opens a file of the web, by https all the way; plain http is taken on the loopback only, where
 * nobody is in between.
 * @throws PipelineError MODEL_SOURCE_UNREACHABLE
 */
async function openUrl(start: URL, signal: AbortSignal): Promise<Response> {
  const unreachable = (reason: string, cause?: unknown) =>
    sourceUnreachable(start.href, reason, cause);
  let url = start;
  for (let redirects = 0; redirects <= MOST_REDIRECTS; redirects++) {
    if (!isSafe(url, start)) throw unreachable(`leads to ${url.href}, which is not https`);
    const response = await fetch(url, {
      redirect: 'manual',
      signal,
      // As it lies there, so that its length is the one announced.
      headers: { 'accept-encoding': 'identity' },
    }).catch((error: unknown) => {
      throw unreachable(reasonOf(error), error);
    });
    const location = response.headers.get('location');
    if (!REDIRECTS.has(response.status) || location === null) {
      if (response.ok && response.body) return response;
      throw unreachable(`the server answers ${response.status} ${response.statusText}`.trim());
    }
    await response.body?.cancel();
    if (!URL.canParse(location, url.href))
      throw unreachable(`leads to ${location}, which is no address`);
    url = new URL(location, url);
  }
  throw unreachable(`leads on more than ${MOST_REDIRECTS} times`);
}

function isSafe(url: URL, start: URL): boolean {
  if (url.protocol === 'https:') return true;
  const isLoopback = /^(localhost|127\.[0-9.]+|\[::1\])$/.test(url.hostname);
  return url.protocol === 'http:' && isLoopback && start.protocol === 'http:';
}

/** undici says `fetch failed` and keeps the reason as the cause; that of several addresses has none, but a code. */
function reasonOf(error: unknown): string {
  if (!isNativeError(error)) return String(error);
  if (error.cause !== undefined) return reasonOf(error.cause);
  return error.message || String((error as NodeJS.ErrnoException).code);
}

function tooLarge({ url, maxBytes }: DownloadSource): PipelineError {
  return sourceMismatch(url, `it is larger than the ${maxBytes} bytes it may have`);
}

/** May work another time, or from another machine. */
function sourceUnreachable(url: string, reason: string, cause?: unknown): PipelineError {
  return new PipelineError('MODEL_SOURCE_UNREACHABLE', `${url}: ${reason}`, {
    stage: 'models',
    class: 'retry',
    cause,
    details: { url },
  });
}

/** What the address gives is not what was published there. */
export function sourceMismatch(url: string, problem: string): PipelineError {
  return new PipelineError('MODEL_SOURCE_MISMATCH', `${url}: ${problem}; it is not used`, {
    stage: 'models',
    class: 'quarantine',
    details: { url },
  });
}
