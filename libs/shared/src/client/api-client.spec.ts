import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import { type AddressInfo } from 'node:net';
import { importsHttp } from '../contracts/http/imports.http.js';
import { peopleHttp } from '../contracts/http/people.http.js';
import { ApiClient, type ApiTarget } from './api-client.js';

/** Longer than the test waits: the service never answers. */
const NEVER: RequestListener = () => undefined;

describe('ApiClient', () => {
  let server: Server;
  let answer: RequestListener;
  let url: string;

  beforeEach(async () => {
    answer = NEVER;
    server = createServer((request, response) => answer(request, response)).listen(0, '127.0.0.1');
    await once(server, 'listening');
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });

  afterEach(() => {
    server.closeAllConnections();
    server.close();
  });

  function client(target: Partial<ApiTarget> = {}): ApiClient {
    const deadlines = { read: 200, work: 2_000, proof: 100 };
    return new ApiClient({ service: 'matcher', url, deadlines, ...target });
  }

  it('gives up a read that is not answered in time', async () => {
    await expect(client().call(peopleHttp.list)).rejects.toMatchObject({
      code: 'SERVICE_TIMEOUT',
      message: expect.stringContaining('within 0.2 s'),
      retryable: true,
    });
  });

  it('gives up work of a service that shows no sign of life', async () => {
    const started = Date.now();
    const body = { name: 'Ann' };
    await expect(client().call(peopleHttp.create, { body })).rejects.toMatchObject({
      code: 'SERVICE_TIMEOUT',
    });
    expect(Date.now() - started).toBeLessThan(1_000);
  });

  it('gives up work of a service that says that it is not ready', async () => {
    const checks = [{ name: 'redis', ok: false, reason: 'no answer' }];
    answer = (request, response) => {
      if (request.method === 'GET') {
        response.writeHead(503).end(JSON.stringify({ status: 'not ready', checks }));
      }
    };
    const body = { name: 'Ann' };
    await expect(client().call(peopleHttp.create, { body })).rejects.toMatchObject({
      code: 'SERVICE_TIMEOUT',
      message: expect.stringMatching(/it is not ready: redis: no answer$/),
    });
  });

  it('waits longer for work of a service that is alive', async () => {
    answer = (request, response) => {
      const slow = request.method === 'POST';
      setTimeout(() => response.end(JSON.stringify({ id: '1' })), slow ? 800 : 0);
    };
    const call = client().call(importsHttp.start, { body: { store: 'archive' } });
    // The stand-in's answer is not a whole import; what counts is that it was waited for.
    await expect(call).rejects.toMatchObject({ code: 'ANSWER_INVALID' });
  });

  it('gives up an answer that begins and does not end', async () => {
    answer = (_, response) => void response.writeHead(200).write('{');
    await expect(client().call(peopleHttp.list)).rejects.toMatchObject({ code: 'SERVICE_TIMEOUT' });
  });

  it('says that nobody listens', async () => {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
    const hints = { unreachable: 'start it' };
    await expect(client({ hints }).call(peopleHttp.list)).rejects.toMatchObject({
      code: 'SERVICE_UNREACHABLE',
      message: `no matcher answers at ${url}; start it`,
    });
  });

  it('names the installation that it means, and says how to choose one', async () => {
    answer = (request, response) => {
      response.writeHead(request.headers['x-sightline-instance'] === 'mine' ? 421 : 200).end();
    };
    const hints = { otherInstance: 'choose another' };
    const call = client({ instance: 'mine', hints }).call(peopleHttp.list);
    await expect(call).rejects.toMatchObject({
      code: 'WRONG_INSTANCE',
      message: expect.stringContaining('choose another'),
    });
  });
});
