import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { TcpProxy } from './tcp-proxy.js';
import { waitUntil } from './wait-until.js';

/** A server that sends back the data that it receives. */
async function echoServer(): Promise<Server> {
  const server = createServer((socket) => socket.on('error', () => undefined).pipe(socket));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return server;
}

class Client {
  answer = '';
  closed = false;
  refused = false;
  private readonly socket: Socket;

  constructor(port: number) {
    this.socket = connect(port, '127.0.0.1');
    this.socket.on('data', (chunk) => (this.answer += chunk.toString()));
    this.socket.on('close', () => (this.closed = true));
    this.socket.on('error', (error) => (this.refused = String(error).includes('ECONNREFUSED')));
  }

  async exchange(text: string): Promise<void> {
    const before = this.answer.length;
    this.socket.write(text);
    await waitUntil('an answer', () => this.answer.length === before + text.length);
  }

  send(text: string): void {
    this.socket.write(text);
  }

  end(): void {
    this.socket.destroy();
  }
}

describe('TcpProxy', () => {
  let server: Server;
  let proxy: TcpProxy;
  let client: Client;

  beforeEach(async () => {
    server = await echoServer();
    proxy = await TcpProxy.start((server.address() as AddressInfo).port);
    client = new Client(proxy.port);
    await client.exchange('hello');
  });

  afterEach(async () => {
    client.end();
    await proxy.close();
    server.close();
  });

  it('refuses connections until it listens again, on the same port', async () => {
    proxy.refuse();
    await waitUntil('the cut', () => client.closed);
    const early = new Client(proxy.port);
    await waitUntil('the refusal', () => early.closed);
    expect(early.refused).toBe(true);
    await proxy.listen();
    const late = new Client(proxy.port);
    await late.exchange('again');
    late.end();
  });

  it('delivers data after resume that was sent during a pause', async () => {
    proxy.pause();
    client.send('late');
    const other = new Client(proxy.port);
    other.send('other');
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(client.answer).toBe('hello');
    proxy.resume();
    await waitUntil(
      'both answers',
      () => client.answer === 'hellolate' && other.answer === 'other',
    );
    other.end();
  });

  it('closes a connection in the middle of an answer', async () => {
    proxy.cut(3);
    client.send('answer');
    await waitUntil('the cut', () => client.closed);
    expect(client.answer).toBe('helloans');
  });
});
