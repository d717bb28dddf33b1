import { QdrantClient } from '@qdrant/js-client-rest';

export interface QdrantServer {
  readonly url: string;
  readonly apiKey: string | undefined;
  readonly timeoutMs: number;
}

const DEFAULT_PORT = 6333;

/** A client of one server. The version check is left out: it would print, and the suite runs on 1.18 and 1.19. */
export function connectQdrant({ url, apiKey, timeoutMs }: QdrantServer): QdrantClient {
  const { origin, pathname } = new URL(url);
  return new QdrantClient({
    url: origin,
    // The client would take an explicit :443 or :80 for no port at all, and use its own default.
    port: Number(/^https?:\/\/[^/?#]*:(\d+)/.exec(url)?.[1] ?? DEFAULT_PORT),
    prefix: pathname.replace(/\/+$/, ''),
    timeout: timeoutMs,
    checkCompatibility: false,
    // As a header of ours: given as `apiKey` the client prints a warning on every http:// URL.
    ...(apiKey !== undefined && { headers: { 'api-key': apiKey } }),
  });
}
