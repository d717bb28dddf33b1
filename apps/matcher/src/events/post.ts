import http from 'node:http';
import https from 'node:https';
import { type GuardedAgents } from '#shared/net/guarded-agents.js';

export interface Post {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** For connecting, sending and the answer's status together, milliseconds. */
  readonly timeoutMs: number;
}

/**
 * Posts and gives the status of the answer; redirects are not followed, the answer's body is not read.
 * @throws Error with what went wrong with the connection, AddressForbiddenError
 */
export function post(url: string, { headers, body, timeoutMs }: Post, agents: GuardedAgents) {
  const { protocol } = new URL(url);
  const [request, agent] =
    protocol === 'https:' ? [https.request, agents.https] : [http.request, agents.http];
  return new Promise<number>((resolve, reject) => {
    const sent = request(url, {
      method: 'POST',
      headers: { ...headers, 'content-length': Buffer.byteLength(body) },
      agent,
    });
    const timer = setTimeout(
      () => sent.destroy(new Error(`no answer within ${timeoutMs} ms`)),
      timeoutMs,
    );
    sent.on('close', () => clearTimeout(timer));
    sent.on('error', reject);
    sent.on('response', (response) => {
      response.on('error', () => undefined).destroy();
      resolve(response.statusCode ?? 0);
    });
    sent.end(body);
  });
}
