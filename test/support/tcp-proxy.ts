import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

export interface TcpProxy {
  readonly port: number;
  /** From now on no answer goes through; connections stay open. */
  hold(): void;
  /** Answers to requests that come over new connections go through again. */
  release(): void;
  close(): Promise<void>;
}

/** Passes bytes between its clients and a server on this machine. */
export async function startTcpProxy(targetPort: number): Promise<TcpProxy> {
  let holding = false;
  const sockets = new Set<Socket>();
  const held = new WeakSet<Socket>();
  const server = createServer((client) => {
    const upstream = connect(targetPort, '127.0.0.1');
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => {
        sockets.delete(socket);
        client.destroy();
        upstream.destroy();
      });
    }
    client.pipe(upstream);
    upstream.on('data', (bytes: Buffer) => {
      if (holding) held.add(upstream);
      if (!held.has(upstream)) client.write(bytes);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    hold: () => (holding = true),
    release: () => (holding = false),
    async close() {
      server.close();
      for (const socket of sockets) socket.destroy();
      await once(server, 'close');
    },
  };
}
