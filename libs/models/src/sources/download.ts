/** Downloads a file from a web address and verifies it. */
import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { isNativeError } from 'node:util/types';
import { PipelineError } from '#shared/contracts/pipeline-error.js';

const STALL_MS = 30_000;

const MAX_REDIRECTS = 5;
const REDIRECTS = new Set([301, 302, 303, 307, 308]);

/** A published file. */
export interface DownloadSource {
  readonly url: string;
  /** The sha256 that the publisher states; null when there is none. */
  readonly sha256: string | null;
  /** Maximum size, bytes. A larger file cannot be the right one. */
  readonly maxBytes: number;
}

/** Progress in bytes. `total` is null when the server does not state it. */
export type DownloadProgress = (received: number, total: number | null) => void;

export interface DownloadOptions {
  readonly onProgress?: DownloadProgress;
  /** Timeout while the server sends nothing, milliseconds. Default 30,000. */
  readonly stallMs?: number;
}

/**
 * Downloads to `file`, which must not exist.
 * @returns sha256 of the file
 * @throws PipelineError MODEL_SOURCE_UNREACHABLE, also when the connection is lost or hangs;
 *   MODEL_SOURCE_MISMATCH when the file is too large or has another sha256
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
    throw sourceUnreachable(source.url, `the server sent nothing for ${stallMs / 1_000} s`);
  } finally {
    clearTimeout(stalled);
    stop.abort();
  }
  if (total !== null && received !== total) {
    throw sourceUnreachable(
      source.url,
      `the connection was lost after ${received} of ${total} bytes`,
    );
  }
  const sha256 = hash.digest('hex');
  if (source.sha256 === null || sha256 === source.sha256) return sha256;
  throw sourceMismatch(source.url, `its sha256 is ${sha256}, but ${source.sha256} is published`);
}

/** Converts errors of reading, which are caused by the source. Errors of writing pass unchanged. */
async function* readable(
  { url }: DownloadSource,
  chunks: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  try {
    yield* chunks;
  } catch (error) {
    throw sourceUnreachable(url, `the connection was lost: ${reasonOf(error)}`, error);
  }
}

/**
 * Opens a web address and follows redirects. Only https is allowed, except for http on the loopback
 * interface, where nobody can intercept it.
 * @throws PipelineError MODEL_SOURCE_UNREACHABLE
 */
async function openUrl(start: URL, signal: AbortSignal): Promise<Response> {
  const unreachable = (reason: string, cause?: unknown) =>
    sourceUnreachable(start.href, reason, cause);
  let url = start;
  for (let redirects = 0; redirects <= MAX_REDIRECTS; redirects++) {
    if (!isSafe(url, start)) throw unreachable(`redirects to ${url.href}, which is not https`);
    const response = await fetch(url, {
      redirect: 'manual',
      signal,
      // Without compression, so that content-length is the length of the file.
      headers: { 'accept-encoding': 'identity' },
    }).catch((error: unknown) => {
      throw unreachable(reasonOf(error), error);
    });
    const location = response.headers.get('location');
    if (!REDIRECTS.has(response.status) || location === null) {
      if (response.ok && response.body) return response;
      throw unreachable(`the server answered ${response.status} ${response.statusText}`.trim());
    }
    await response.body?.cancel();
    if (!URL.canParse(location, url.href))
      throw unreachable(`redirects to ${location}, which is not a valid address`);
    url = new URL(location, url);
  }
  throw unreachable(`redirects more than ${MAX_REDIRECTS} times`);
}

function isSafe(url: URL, start: URL): boolean {
  if (url.protocol === 'https:') return true;
  const isLoopback = /^(localhost|127\.[0-9.]+|\[::1\])$/.test(url.hostname);
  return url.protocol === 'http:' && isLoopback && start.protocol === 'http:';
}

/** undici's message is `fetch failed`; the reason is its cause. An error for several addresses has only a code. */
function reasonOf(error: unknown): string {
  if (!isNativeError(error)) return String(error);
  if (error.cause !== undefined) return reasonOf(error.cause);
  return error.message || String((error as NodeJS.ErrnoException).code);
}

function tooLarge({ url, maxBytes }: DownloadSource): PipelineError {
  return sourceMismatch(url, `it is larger than the limit of ${maxBytes} bytes`);
}

/** May succeed later, or from another machine. */
function sourceUnreachable(url: string, reason: string, cause?: unknown): PipelineError {
  return new PipelineError('MODEL_SOURCE_UNREACHABLE', `${url}: ${reason}`, {
    stage: 'models',
    class: 'retry',
    cause,
    details: { url },
  });
}

/** The downloaded file is not the published one. */
export function sourceMismatch(url: string, problem: string): PipelineError {
  return new PipelineError('MODEL_SOURCE_MISMATCH', `${url}: ${problem}; the file is not used`, {
    stage: 'models',
    class: 'quarantine',
    details: { url },
  });
}
