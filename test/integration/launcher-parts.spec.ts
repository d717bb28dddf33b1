import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Redis } from 'ioredis';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { identify, isRunning } from '#shared/platform/runtime/process-identity.js';
import { LogFile } from '../../apps/cli/src/launcher/child.js';
import { Ports } from '../../apps/cli/src/launcher/ports.js';
import { RunningFile } from '../../apps/cli/src/launcher/running-file.js';
import { Service } from '../../apps/cli/src/launcher/service.js';
import { startRedis } from '../../apps/cli/src/launcher/start-redis.js';
import { freePort } from '../support/free-port.js';
import { waitUntil } from '../support/wait-until.js';

const HOST = '127.0.0.1';
const env = { PATH: process.env.PATH ?? '' };
let dataDir: string;

beforeEach(async () => {
  // The name has a space, because home folders can have one.
  dataDir = await mkdtemp(path.join(tmpdir(), 'sightline launcher-'));
});

afterEach(() => rm(dataDir, { recursive: true, force: true }));

describe('Ports', () => {
  it('refuses a port that is in use', async () => {
    const server = createServer().listen(0, HOST);
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    await expect(new Ports(HOST).exactly(port, 'ingest')).rejects.toMatchObject({
      code: 'PORT_TAKEN',
    });
    expect(await new Ports(HOST).near(port)).not.toBe(port);
    server.close();
  });

  it('returns no port twice', async () => {
    const ports = new Ports(HOST);
    const favourite = await ports.near(0);
    expect(await ports.near(favourite)).not.toBe(favourite);
  });
});

describe('redis-server of the launcher', () => {
  it('refuses clients without the password, and keeps its data when it restarts', async () => {
    const first = await startRedis({ dataDir, port: await freePort(), env });
    const stranger = new Redis(first.url.replace(/:[^:@]*@/, ''), { lazyConnect: true });
    stranger.on('error', () => undefined);
    await expect(stranger.get('kept')).rejects.toThrow('NOAUTH');
    stranger.disconnect();
    await withRedis(first.url, (redis) => redis.set('kept', 'yes'));
    await first.stop();
    expect(isRunning(first.child.identity)).toBe(false);

    const second = await startRedis({ dataDir, port: await freePort(), env });
    expect(await withRedis(second.url, (redis) => redis.get('kept'))).toBe('yes');
    expect(await withRedis(second.url, (redis) => redis.config('GET', 'maxmemory-policy'))).toEqual(
      ['maxmemory-policy', 'noeviction'],
    );
    await second.stop();
  });

  it('reports the last log lines if it cannot start', async () => {
    const server = createServer().listen(0, HOST);
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    await expect(startRedis({ dataDir, port, env })).rejects.toMatchObject({
      code: 'REDIS_FAILED',
      message: expect.stringMatching(/in use/i),
    });
    server.close();
  });

  it('names the install command if redis-server is missing', async () => {
    const port = await freePort();
    await expect(startRedis({ dataDir, port, env: { PATH: dataDir } })).rejects.toMatchObject({
      code: 'REDIS_MISSING',
      message: expect.stringContaining('apt-get install redis-server'),
    });
  });
});

describe('Service', () => {
  it('reports a crash with the last log lines, and restarts the service', async () => {
    const messages: string[] = [];
    const service = await toyService(messages);
    await service.start();
    const before = service.identity!;
    process.kill(before.pid, 'SIGKILL');
    const after = await waitUntil('another process', () => {
      const now = service.identity;
      return now !== null && now.pid !== before.pid && now;
    });
    expect(messages.join()).toMatch(/toy ended \(SIGKILL\)[^]*toy is up/);
    await service.stop();
    expect(isRunning(after)).toBe(false);
  });

  it('fails with the last log lines if the service does not start', async () => {
    const service = await toyService([], () => `console.error('no model'); process.exit(3);`);
    await expect(service.start()).rejects.toMatchObject({
      code: 'SERVICE_FAILED',
      message: expect.stringContaining('no model'),
    });
  });

  it('fails immediately on a gallery of another model space, unless it is started to rebuild it', async () => {
    const answer = {
      status: 'not ready',
      checks: [{ name: 'gallery', ok: false, reason: 'embed it again' }],
    };
    const unready = (port: number) => `
      require('node:http').createServer((request, response) =>
        response.writeHead(503).end(${JSON.stringify(JSON.stringify(answer))}))
        .listen(${port}, '${HOST}');`;
    const service = await toyService([], unready);
    await expect(service.start()).rejects.toMatchObject({
      code: 'GALLERY_SPACE_MISMATCH',
      message: 'embed it again',
    });
    await service.stop();
    const mending = await toyService([], unready, true);
    await mending.start();
    await mending.stop();
  });
});

describe('RunningFile', () => {
  it('lets only one launcher use a data folder', async () => {
    const file = RunningFile.at(dataDir);
    await file.take();
    await expect(RunningFile.at(dataDir).take()).rejects.toMatchObject({ code: 'DATA_IN_USE' });
    await file.remove();
    await file.take();
    await file.remove();
  });

  it('stops the processes that a killed launcher left running', async () => {
    const launcher = spawn('sleep', ['1000']);
    const orphan = spawn('sleep', ['1000']);
    const left = identify(orphan.pid!);
    const file = RunningFile.at(dataDir);
    const running = { launcher: identify(launcher.pid!), children: [left], urls: null, stores: {} };
    await file.write(running);
    await expect(file.take()).rejects.toMatchObject({ code: 'DATA_IN_USE' });
    launcher.kill('SIGKILL');
    await once(launcher, 'exit');
    await file.take();
    expect(isRunning(left)).toBe(false);
    await file.remove();
  });
});

async function toyService(
  messages: string[],
  script?: (port: number) => string,
  forRebuild = false,
): Promise<Service> {
  const port = await freePort();
  const answering = `
    require('node:http').createServer((request, response) => response.end('{}'))
      .listen(${port}, '${HOST}', () => console.log('toy is up'));`;
  return new Service({
    name: 'toy',
    url: `http://${HOST}:${port}`,
    command: { program: process.execPath, args: ['-e', script?.(port) ?? answering], env },
    log: new LogFile(path.join(dataDir, 'logs', 'toy.log')),
    report: (message) => messages.push(message),
    onProcessChange: () => undefined,
    forRebuild,
  });
}

async function withRedis<T>(url: string, work: (redis: Redis) => Promise<T>): Promise<T> {
  const redis = new Redis(url);
  try {
    return await work(redis);
  } finally {
    redis.disconnect();
  }
}
