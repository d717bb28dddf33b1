import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Redis } from 'ioredis';
import { spawn, spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { identify, isRunning } from '#shared/platform/runtime/process-identity.js';
import { LogFile } from '../../apps/cli/src/launcher/log-file.js';
import { Ports } from '../../apps/cli/src/launcher/ports.js';
import { RedisServer } from '../../apps/cli/src/launcher/redis-server.js';
import { RunningFile } from '../../apps/cli/src/launcher/running-file.js';
import { Service } from '../../apps/cli/src/launcher/service.js';
import { freePort } from '../support/free-port.js';
import { startRedis } from '../support/start-redis.js';
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

  it('refuses an address that this machine does not have', async () => {
    await expect(new Ports('192.0.2.1').near(0)).rejects.toMatchObject({ code: 'HOST_INVALID' });
  });

  it('returns no port twice', async () => {
    const ports = new Ports(HOST);
    const favourite = await ports.near(0);
    expect(await ports.near(favourite)).not.toBe(favourite);
  });
});

describe('redis-server of the launcher', () => {
  function redisServer(options: Partial<ConstructorParameters<typeof RedisServer>[0]> = {}) {
    return new RedisServer({
      dataDir,
      env,
      port: undefined,
      report: () => undefined,
      onProcessChange: () => undefined,
      onGivenUp: () => undefined,
      ...options,
    });
  }

  it('refuses clients without the password, and keeps its data when it restarts', async () => {
    const first = redisServer();
    await first.start();
    const { identity } = first;
    const stranger = new Redis(first.url.replace(/:[^:@]*@/, ''), { lazyConnect: true });
    stranger.on('error', () => undefined);
    await expect(stranger.get('kept')).rejects.toThrow('NOAUTH');
    stranger.disconnect();
    await withRedis(first.url, (redis) => redis.set('kept', 'yes'));
    await first.stop();
    expect(isRunning(identity!)).toBe(false);

    const second = redisServer();
    await second.start();
    expect(await withRedis(second.url, (redis) => redis.get('kept'))).toBe('yes');
    expect(await withRedis(second.url, (redis) => redis.config('GET', 'maxmemory-policy'))).toEqual(
      ['maxmemory-policy', 'noeviction'],
    );
    await second.stop();
  });

  it('is restarted on its port and its append-only file after a crash, and says so', async () => {
    const messages: string[] = [];
    const server = redisServer({ report: (message) => messages.push(message) });
    await server.start();
    const { url } = server;
    await withRedis(url, (redis) => redis.set('kept', 'yes'));
    process.kill(server.identity!.pid, 'SIGKILL');
    await waitUntil('the message about the restart', () =>
      messages.some((message) => message.startsWith('redis-server is running again')),
    );
    expect(messages[0]).toMatch(/^redis-server ended \(SIGKILL\); restarting it in 0.5 s/);
    expect(server.url).toBe(url);
    expect(await withRedis(url, (redis) => redis.get('kept'))).toBe('yes');
    await server.stop();
  });

  it('is given up after several starts that failed, and says why', async () => {
    let givenUp: { readonly code: string; readonly message: string } | null = null;
    const server = redisServer({ onGivenUp: (error) => (givenUp = error) });
    await server.start();
    await writeFile(path.join(dataDir, 'redis', 'appendonlydir', 'appendonly.aof.manifest'), '?');
    process.kill(server.identity!.pid, 'SIGKILL');
    const error = await waitUntil('the launcher to give up', () => givenUp, 100_000);
    expect(error).toMatchObject({
      code: 'SERVICE_FAILED',
      message: expect.stringMatching(/failed to start 8 times in a row[^]*manifest/),
    });
    await server.stop();
  }, 120_000);

  it('takes another port if another program took its port meanwhile', async () => {
    const foreign = await startRedis('');
    const { port } = new URL(foreign.url);
    const from = jest.spyOn(Ports.prototype, 'from').mockResolvedValueOnce(Number(port));
    const server = redisServer();
    await server.start();
    expect(new URL(server.url).port).not.toBe(port);
    await server.stop();
    await foreign.stop();
    from.mockRestore();
  });

  it('refuses a port that is in use', async () => {
    const taken = createServer().listen(0, HOST);
    await once(taken, 'listening');
    const { port } = taken.address() as AddressInfo;
    await expect(redisServer({ port }).start()).rejects.toMatchObject({ code: 'PORT_TAKEN' });
    taken.close();
  });

  it('reports the last log lines if it cannot start', async () => {
    await mkdir(path.join(dataDir, 'redis', 'appendonlydir'), { recursive: true });
    await writeFile(path.join(dataDir, 'redis', 'appendonlydir', 'appendonly.aof.manifest'), '?');
    await expect(redisServer().start()).rejects.toMatchObject({
      code: 'REDIS_FAILED',
      message: expect.stringMatching(/manifest/i),
    });
  });

  it.each(['setpriv', 'nothing'])(
    'names the install command if redis-server is missing and there is %s',
    async (found) => {
      const bin = path.join(dataDir, 'bin');
      await mkdir(bin);
      for (const program of found === 'setpriv' ? ['setpriv', 'sh'] : []) {
        const { stdout } = spawnSync('which', [program], { encoding: 'utf8' });
        await symlink(stdout.trim(), path.join(bin, program));
      }
      await expect(redisServer({ env: { PATH: bin } }).start()).rejects.toMatchObject({
        code: 'REDIS_MISSING',
        message: expect.stringContaining('apt-get install redis-server'),
      });
    },
  );
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
    const script = `console.error('no model'); process.exit(3);`;
    const service = await toyService([], { script });
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
    const service = await toyService([], { script: serve(503, answer) });
    await expect(service.start()).rejects.toMatchObject({
      code: 'GALLERY_SPACE_MISMATCH',
      message: 'embed it again',
    });
    await service.stop();
    const mending = await toyService([], { script: serve(503, answer), forRebuild: true });
    await mending.start();
    await mending.stop();
  });

  it('throws the error that the service reports', async () => {
    const service = await toyService([], { script: FAIL });
    await expect(service.start()).rejects.toMatchObject({
      code: 'NO_MODEL',
      message: 'toy: pull it first',
    });
  });

  it('accepts no answer of another installation on the port that the service reports', async () => {
    const stranger = await toyService([]);
    await stranger.start();
    const port = Number(new URL(stranger.url).port);
    // Reports the stranger's port: as if it had lost its own between binding and the question.
    const lying = `process.send({ kind: 'listening', instance: process.env.INSTANCE_ID, port: ${port} });
      setTimeout(() => process.exit(3), 1000)`;
    const service = await toyService([], { script: lying });
    await expect(service.start()).rejects.toMatchObject({ code: 'SERVICE_FAILED' });
    await stranger.stop();
  });

  it('takes another port if another program took its port, at the start and at a restart', async () => {
    const taken = createServer().listen(0, HOST);
    await once(taken, 'listening');
    const { port } = taken.address() as AddressInfo;
    const messages: string[] = [];
    const service = await toyService(messages, { port });
    await service.start();
    const first = service.url;
    expect(new URL(first).port).not.toBe(String(port));
    process.kill(service.identity!.pid, 'SIGKILL');
    const thief = await waitUntil('the port to be free', () => {
      const server = createServer().listen(Number(new URL(first).port), HOST);
      return new Promise<Server | null>((resolve) => {
        server.once('listening', () => resolve(server));
        server.once('error', () => resolve(null));
      });
    });
    await waitUntil('another address', () => service.url !== first);
    expect(messages.join('\n')).toContain(`toy is now at ${service.url}`);
    await service.stop();
    taken.close();
    thief.close();
  });

  it('fails if another program took the port that the user chose', async () => {
    const taken = createServer().listen(0, HOST);
    await once(taken, 'listening');
    const { port } = taken.address() as AddressInfo;
    const service = await toyService([], { port, portIsFixed: true });
    await expect(service.start()).rejects.toMatchObject({ code: 'PORT_TAKEN' });
    taken.close();
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

  it('lets one of several launchers that start at the same moment use it, also after a killed one', async () => {
    await RunningFile.at(dataDir).write({
      launcher: { pid: 2 ** 22 + 1, startTicks: '1' },
      children: [],
      urls: null,
      instance: '',
    });
    const taken = await Promise.allSettled(
      Array.from({ length: 10 }, () => RunningFile.at(dataDir).take()),
    );
    const codes = taken.map((one) =>
      one.status === 'fulfilled' ? 'taken' : (one.reason as { code: string }).code,
    );
    expect(codes.sort()).toEqual([...Array<string>(9).fill('DATA_IN_USE'), 'taken']);
    await RunningFile.at(dataDir).remove();
  });

  it('stops the processes that a killed launcher left running', async () => {
    const launcher = spawn('sleep', ['1000']);
    const orphan = spawn('sleep', ['1000']);
    const left = identify(orphan.pid!);
    const file = RunningFile.at(dataDir);
    const running = {
      launcher: identify(launcher.pid!),
      children: [left],
      urls: null,
      instance: '',
    };
    await file.write(running);
    await expect(file.take()).rejects.toMatchObject({ code: 'DATA_IN_USE' });
    launcher.kill('SIGKILL');
    await once(launcher, 'exit');
    await file.take();
    expect(isRunning(left)).toBe(false);
    await file.remove();
  });
});

interface Toy {
  readonly script: string;
  readonly port: number;
  readonly portIsFixed: boolean;
  readonly forRebuild: boolean;
}

/** A service that gives one answer to requests of its own installation, and tells the launcher as services do. */
function serve(status: number, answer: unknown): string {
  return `
    const { INSTANCE_ID: instance, HOST, PORT } = process.env;
    require('node:http').createServer((request, response) => {
        const isOurs = request.headers['x-sightline-instance'] === instance;
        response.writeHead(isOurs ? ${status} : 421).end(${JSON.stringify(JSON.stringify(answer))});
      })
      .once('error', () => process.send({ kind: 'failed', code: 'PORT_TAKEN', message: 'taken' }, () => process.exit(1)))
      .listen(Number(PORT), HOST, function () {
        console.log('toy is up');
        process.send({ kind: 'listening', instance, port: this.address().port });
      });
    process.once('disconnect', () => process.exit());`;
}

const FAIL = `process.send({ kind: 'failed', code: 'NO_MODEL', message: 'pull it first' }, () => process.exit(1));`;

async function toyService(messages: string[], toy: Partial<Toy> = {}): Promise<Service> {
  const {
    script = serve(200, { status: 'ready', checks: [] }),
    port = await freePort(),
    portIsFixed = false,
    forRebuild = false,
  } = toy;
  return new Service({
    name: 'toy',
    instance: randomUUID(),
    host: HOST,
    port,
    portIsFixed,
    command: { program: process.execPath, args: ['-e', script], env },
    log: new LogFile(path.join(dataDir, 'logs', 'toy.log')),
    report: (message) => messages.push(message),
    onChange: () => undefined,
    onGivenUp: () => undefined,
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
