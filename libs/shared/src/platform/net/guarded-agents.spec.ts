import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import http from 'node:http';
import https from 'node:https';
import { type AddressInfo } from 'node:net';
import { AddressPolicy } from './address-policy.js';
import { guardedAgents } from './guarded-agents.js';

describe('guardedAgents', () => {
  let connections = 0;
  const server = http.createServer((_, response) => response.end('inside'));
  server.on('connection', () => connections++);
  let port: number;

  beforeAll(async () => {
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    ({ port } = server.address() as AddressInfo);
  });

  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });

  async function get(host: string, allowed: readonly string[], secure = false): Promise<number> {
    const agents = guardedAgents(new AddressPolicy(allowed), {});
    const options = { host, port, timeout: 10_000 };
    const request = secure
      ? https.get({ ...options, agent: agents.https })
      : http.get({ ...options, agent: agents.http });
    const [response] = (await once(request, 'response')) as [http.IncomingMessage];
    response.resume();
    return response.statusCode ?? 0;
  }

  // Only the resolver reads the last three as addresses.
  const HOSTS = ['127.0.0.1', 'localhost', '::ffff:127.0.0.1', '127.1', '0x7f.0.0.1', '2130706433'];

  it.each(HOSTS)('makes no connection to %s', async (host) => {
    const before = connections;
    for (const secure of [false, true]) {
      await expect(get(host, [], secure)).rejects.toMatchObject({
        name: 'AddressForbiddenError',
        message: expect.stringContaining('ALLOW_INTERNAL_ADDRESSES'),
      });
    }
    expect(connections).toBe(before);
  });

  it.each([
    ['127.0.0.1', ['127.0.0.0/8']],
    ['localhost', ['localhost']],
    ['localhost', ['127.0.0.1', '::1']],
  ])('connects to %s where %j is allowed', async (host, allowed) => {
    expect(await get(host, allowed)).toBe(200);
  });
});
