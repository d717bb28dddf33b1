import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { type AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';

export interface StoreProxy {
  readonly url: string;
  /**
   * Resolves once the next request of this method and path was seen and `kill` called: before the store
   * gets it, or after the store has applied it.
   */
  arm(method: string, path: RegExp, when: 'before' | 'after', kill: () => void): Promise<void>;
  close(): Promise<void>;
}

/** A proxy in front of a vector store, which kills the sender of a given request. */
export async function startStoreProxy(targetUrl: string): Promise<StoreProxy> {
  let armed: { matches: (request: IncomingMessage) => boolean; when: string; reached: () => void };
  const disarmed = { matches: () => false, when: '', reached: () => undefined };
  armed = disarmed;

  async function pass(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = 'GET', url = '/' } = request;
    const body = await buffer(request);
    const { matches, when, reached } = armed;
    const hit = matches(request);
    if (hit) armed = disarmed;
    if (hit && when === 'before') {
      reached();
      return;
    }
    const answer = await fetch(new URL(url, targetUrl), {
      method,
      headers: { 'content-type': 'application/json' },
      ...(body.length > 0 && { body: new Uint8Array(body) }),
    });
    const text = await answer.text();
    if (hit) reached();
    else response.writeHead(answer.status, { 'content-type': 'application/json' }).end(text);
  }

  const server = createServer((request, response) => {
    pass(request, response).catch(() => response.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    arm(method, path, when, kill) {
      return new Promise((resolve) => {
        const reached = () => {
          kill();
          resolve();
        };
        const matches = (request: IncomingMessage) =>
          request.method === method && path.test(request.url ?? '');
        armed = { matches, when, reached };
      });
    },
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
