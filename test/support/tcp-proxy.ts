import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

interface Pair {
  readonly client: Socket;
  readonly upstream: Socket;
  /** Bytes of answers that still pass before both connections are closed; null for no limit. */
  left: number | null;
}

/** A TCP proxy in front of a local server, which can make the server unavailable for its clients. */
export class TcpProxy {
  private readonly pairs = new Set<Pair>();
  private server: Server;
  private paused = false;

  private constructor(
    private readonly upstreamPort: number,
    server: Server,
    readonly port: number,
  ) {
    this.server = server;
  }

  static async start(upstreamPort: number): Promise<TcpProxy> {
    const server = createServer({ allowHalfOpen: true });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const proxy = new TcpProxy(upstreamPort, server, (server.address() as AddressInfo).port);
    server.on('connection', (client) => proxy.accept(client));
    return proxy;
  }

  /** Closes every connection. New ones are refused until `listen`. */
  refuse(): void {
    this.server.close();
    this.cutNow();
  }

  async listen(): Promise<void> {
    for (let attempt = 0; !this.server.listening; attempt++) {
      this.server = createServer({ allowHalfOpen: true }, (client) => this.accept(client));
      this.server.listen(this.port, '127.0.0.1');
      try {
        await once(this.server, 'listening');
      } catch (error) {
        // An outgoing connection of another process may use this port for a moment.
        if (attempt === 100) throw error;
        await sleep(100);
      }
    }
  }

  /** Forwards nothing in either direction until `resume`. Connections stay open. */
  pause(): void {
    this.paused = true;
    for (const { client, upstream } of this.pairs) {
      client.pause();
      upstream.pause();
    }
  }

  resume(): void {
    this.paused = false;
    for (const { client, upstream } of this.pairs) {
      client.resume();
      upstream.resume();
    }
  }

  /** Closes every connection after this many more bytes of answers. */
  cut(afterBytes: number): void {
    for (const pair of this.pairs) pair.left = afterBytes;
  }

  async close(): Promise<void> {
    const closed = this.server.listening ? once(this.server, 'close') : undefined;
    this.refuse();
    await closed;
  }

  private cutNow(): void {
    for (const pair of this.pairs) this.drop(pair);
  }

  private accept(client: Socket): void {
    const upstream = connect({ port: this.upstreamPort, host: '127.0.0.1', allowHalfOpen: true });
    const pair: Pair = { client, upstream, left: null };
    this.pairs.add(pair);
    for (const socket of [client, upstream]) {
      socket.setNoDelay();
      socket.on('error', () => this.drop(pair));
      socket.on('close', () => this.drop(pair));
    }
    client.on('data', (chunk) => this.forward(chunk, client, upstream));
    upstream.on('data', (chunk) => this.answer(pair, chunk));
    client.on('end', () => upstream.end());
    upstream.on('end', () => client.end());
    if (this.paused) {
      client.pause();
      upstream.pause();
    }
  }

  private answer(pair: Pair, chunk: Buffer): void {
    const { client, upstream, left } = pair;
    if (left === null || chunk.length < left) {
      if (left !== null) pair.left = left - chunk.length;
      this.forward(chunk, upstream, client);
      return;
    }
    client.write(chunk.subarray(0, left), () => this.drop(pair));
  }

  private forward(chunk: Buffer, from: Socket, to: Socket): void {
    if (to.write(chunk)) return;
    from.pause();
    to.once('drain', () => {
      if (!this.paused) from.resume();
    });
  }

  private drop(pair: Pair): void {
    this.pairs.delete(pair);
    pair.client.destroy();
    pair.upstream.destroy();
  }
}
