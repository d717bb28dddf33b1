import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Redis } from 'ioredis';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { embedImageContract } from '#shared/contracts/embed-image.contract.js';
import { readinessSchema } from '#shared/contracts/http/health.http.js';
import { ContractProducer } from '#shared/platform/queue/contract-producer.js';
import { metrics } from '../support/metrics.js';
import { startApp, type RunningApp } from '../support/start-app.js';
import { MODELS_DIR } from '../support/start-pipeline.js';
import { startRedis, type TestRedis } from '../support/start-redis.js';
import { waitUntil } from '../support/wait-until.js';

// Hides the GPU of a machine that has one.
const WITHOUT_GPU = { INFERENCE_DEVICE: 'cuda', CUDA_VISIBLE_DEVICES: '-1' };

describe('an embedder whose GPU is missing', () => {
  let folder: string;
  let server: TestRedis;
  let redis: Redis;
  let app: RunningApp;
  let settings: Record<string, string>;

  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'sightline-no-gpu-'));
    await mkdir(path.join(folder, 'uploads'));
    await writeFile(path.join(folder, 'uploads', 'a.jpg'), 'never looked at');
    server = await startRedis();
    redis = new Redis(server.url, { maxRetriesPerRequest: null });
    const uploads = pathToFileURL(path.join(folder, 'uploads')).href;
    settings = { REDIS_URL: server.url, STORES: `uploads=${uploads}`, MODELS_DIR };
    settings.LOG_FORMAT = 'pretty';
    app = await startApp('embedder', { ...settings, ...WITHOUT_GPU }, 'live');
  }, 60_000);

  afterAll(async () => {
    await app.kill();
    redis.disconnect();
    await server.stop();
    await rm(folder, { recursive: true, force: true });
  });

  it('is not ready, and reports what was requested, what was found and what to do', async () => {
    const response = await fetch(`${app.url}/health/ready`);
    expect(response.status).toBe(503);
    const { status, checks } = readinessSchema.parse(await response.json());
    expect(status).toBe('not ready');
    const check = { name: 'models', ok: false, code: 'GPU_NOT_USED', lasting: true };
    expect(checks).toMatchObject([check]);
    const { reason } = checks[0]!;
    expect(reason).toContain('INFERENCE_DEVICE=cuda requires a GPU');
    expect(reason).toMatch(/onnxruntime-node [\d.]+ \(its CUDA provider is (not )?installed\)/);
    // The message of the runtime.
    expect(reason).toMatch(/cuda: .*(Failed to load shared library|CUDA)/);
    expect(reason).toContain('set INFERENCE_DEVICE=cpu');
    expect(app.log()).toContain(reason!);
  });

  it('stays alive and serves metrics without a network', async () => {
    const response = await fetch(`${app.url}/health/live`);
    expect(response.status).toBe(200);
    const names = [...(await metrics(app.url)).keys()];
    expect(names).toContain('process_resident_memory_bytes');
    expect(names.filter((name) => name.startsWith('sightline_engine_info'))).toEqual([]);
  });

  it('takes no job from the queue, while another embedder that has its device does', async () => {
    const images = new ContractProducer(embedImageContract, redis);
    await images.add({
      v: 1,
      tenant: 'default',
      image: { store: 'uploads', key: 'a.jpg', version: '1' },
      source: { kind: 'import', importId: '1' },
      lane: 'archive',
      space: 'fr-feature@1+arcface-112',
      observedAt: null,
    });
    const workers = async () => {
      const clients = String(await redis.client('LIST')).split('\n');
      return clients.filter((client) => client.includes('name=embedder')).length;
    };
    expect(await workers()).toBe(0);
    expect(await images.counts()).toMatchObject({ prioritized: 1, active: 0, failed: 0 });
    const other = await startApp('embedder', settings);
    expect(await workers()).toBeGreaterThan(0);
    await waitUntil('the job to be taken', async () => (await images.counts()).prioritized === 0);
    await other.stop();
    await images.close();
  }, 60_000);

  it('ends on SIGTERM with exit code 0', async () => {
    expect(await app.stop()).toBe(0);
  });
});
