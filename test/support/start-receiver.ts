import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import { type AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

export interface Receiver {
  readonly url: string;
  readonly requests: { readonly headers: IncomingHttpHeaders; readonly body: string }[];
  /** From now on, requests get no response. */
  hang(): void;
  close(): Promise<void>;
}

/**
 * An HTTP endpoint that records its requests.
 * @param answer status of the n-th response, counted from 1; null closes the connection instead
 */
export async function startReceiver(answer: (attempt: number) => number | null): Promise<Receiver> {
  const requests: Receiver['requests'] = [];
  let hanging = false;
  const reply = (response: ServerResponse) => {
    if (hanging) return;
    const status = answer(requests.length);
    if (status === null) response.destroy();
    else response.writeHead(status, status === 302 ? { location: '/elsewhere' } : {}).end();
  };
  const server = createServer((request, response) => {
    void text(request).then((body) => {
      requests.push({ headers: request.headers, body });
      reply(response);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/hook`,
    requests,
    hang: () => (hanging = true),
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
