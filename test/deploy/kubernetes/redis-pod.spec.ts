import { expect, it } from '@jest/globals';
import { Redis } from 'ioredis';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { freePort } from '../../support/free-port.js';
import { waitUntil } from '../../support/wait-until.js';
import { readProjectFile } from '../support/project.js';
import { readManifests } from './manifests.js';
import { podsOf } from './pods.js';

it('starts Redis with the command of its pod, which does not reveal the password', async () => {
  const [pod] = podsOf(await readManifests('base/redis/stateful-set.yaml'));
  const { command, args } = pod!.spec.containers[0]!;
  const folder = await mkdtemp(path.join(tmpdir(), 'sightline-redis-pod-'));
  const port = await freePort();
  const config = readProjectFile('k8s/base/redis/redis.conf').replace('/data', folder);
  await writeFile(path.join(folder, 'redis.conf'), `${config}port ${port}\nbind 127.0.0.1\n`);
  const [shell, ...rest] = [...command!, ...args!].map((word) =>
    word.replace('/etc/redis', folder),
  );
  const server = spawn(shell!, rest, {
    env: { PATH: process.env.PATH, REDISCLI_AUTH: 'secret-of-the-test' },
    stdio: 'ignore',
  });
  const exited = once(server, 'exit');
  const connect = (password: string) => {
    const redis = new Redis({
      host: '127.0.0.1',
      port,
      password,
      maxRetriesPerRequest: 0,
      disconnectTimeout: 100,
    });
    redis.on('error', () => undefined);
    return redis;
  };
  const insider = connect('secret-of-the-test');
  const outsider = connect('guess');
  try {
    await waitUntil('redis-server', () => insider.ping().catch(() => false));
    expect(await insider.config('GET', 'maxmemory-policy')).toContain('noeviction');
    expect(await insider.config('GET', 'appendonly')).toContain('yes');
    await expect(outsider.ping()).rejects.toThrow();
    expect(await readFile(`/proc/${server.pid}/cmdline`, 'utf8')).not.toContain('secret');
  } finally {
    insider.disconnect();
    outsider.disconnect();
    server.kill('SIGTERM');
    await exited;
    await rm(folder, { recursive: true, force: true });
  }
  // Redis replaced the shell as this process, so it received SIGTERM, saved its data and exited.
  expect(server.exitCode).toBe(0);
});
