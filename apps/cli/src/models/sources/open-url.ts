import { isNativeError } from 'node:util/types';
import { sourceUnreachable } from './source-errors.js';

const MOST_REDIRECTS = 5;
const REDIRECTS = new Set([301, 302, 303, 307, 308]);

/**
 * Opens a file of the web, by https all the way; plain http is taken on the loopback only, where
 * nobody is in between.
 * @throws PipelineError MODEL_SOURCE_UNREACHABLE
 */
export async function openUrl(start: URL, signal: AbortSignal): Promise<Response> {
  const unreachable = (reason: string, cause?: unknown) =>
    sourceUnreachable(start.href, reason, cause);
  let url = start;
  for (let redirects = 0; redirects <= MOST_REDIRECTS; redirects++) {
    if (!isSafe(url, start)) throw unreachable(`leads to ${url.href}, which is not https`);
    const response = await fetch(url, {
      ...{ redirect: 'manual', signal },
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
export function reasonOf(error: unknown): string {
  if (!isNativeError(error)) return String(error);
  if (error.cause !== undefined) return reasonOf(error.cause);
  return error.message || String((error as NodeJS.ErrnoException).code);
}
