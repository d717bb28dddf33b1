import { randomBytes } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { matchFacesContract } from '#shared/contracts/match-faces.contract.js';
import { ContractProducer } from '#shared/platform/queue/contract-producer.js';
import { connectRedis } from '#shared/platform/queue/redis.js';
import { matchFacesJob } from '../../test/support/faces.js';
import { importOver, IngestBed, numbered, startImport } from '../../test/support/ingest-tests.js';
import { probeSettings } from '../../test/support/memory-probe.js';
import { StandInPipeline } from '../../test/support/stand-in-pipeline.js';
import { startApp } from '../../test/support/start-app.js';
import { makeMatcherFolders } from '../../test/support/start-matcher.js';
import { startRedis } from '../../test/support/start-redis.js';
import { axis, TEST_DIMENSION } from '../../test/support/vectors.js';
import { waitUntil } from '../../test/support/wait-until.js';
import { renewVersions } from './varied-archive.js';

/** One service; the other services are simulated. */
export interface Stage {
  readonly pid: number;
  readonly probeFolder: string;
  /** Processes images. @returns the number of images */
  round(): Promise<number>;
  stop(): Promise<void>;
}

const IMAGES = 2_000;
const ROUND_LIMIT_MS = 120_000;
const FACES = 2;

export async function startIngestStage(env: Readonly<Record<string, string>>): Promise<Stage> {
  const bed = await IngestBed.make();
  const probeFolder = path.join(bed.folder, 'probes');
  await mkdir(probeFolder);
  const keys = numbered('unknown', IMAGES);
  await bed.fill(keys);
  const files = keys.map((key) => path.join(bed.folder, 'archive', key));
  const ingest = await bed.start({ ...probeSettings(probeFolder), ...env });
  const others = new StandInPipeline(bed.redis, { concurrency: 64 });
  return {
    pid: ingest.process.pid!,
    probeFolder,
    async round() {
      await renewVersions(files);
      const { id } = await startImport(ingest, 'unknown/');
      others.taken.length = 0;
      return (await importOver(ingest, id, ROUND_LIMIT_MS)).listed;
    },
    async stop() {
      await others.close();
      await bed.close();
    },
  };
}

export async function startMatcherStage(env: Readonly<Record<string, string>>): Promise<Stage> {
  const server = await startRedis();
  const folders = await makeMatcherFolders(server.url);
  const probeFolder = path.join(folders.root, 'probes');
  await mkdir(probeFolder);
  const matcher = await startApp('matcher', {
    ...folders.env,
    ...probeSettings(probeFolder),
    LOG_FORMAT: 'pretty',
    // Small limits, so that bounded data is full soon.
    EVENT_STREAM_LENGTH: '2000',
    VECTORS_CACHE_BYTES: String(4 * 2 ** 20),
    ...env,
  });
  const redis = connectRedis(server.url, 'soak');
  const producer = new ContractProducer(matchFacesContract, redis);
  return {
    pid: matcher.process.pid!,
    probeFolder,
    async round() {
      const version = randomBytes(8).toString('hex');
      const vectors = Array.from({ length: FACES }, (_, i) => axis(i % TEST_DIMENSION));
      const jobs = Array.from({ length: IMAGES }, (_, i) =>
        matchFacesJob(`${i}.jpg`, vectors, {
          image: { store: 'archive', key: `${i}.jpg`, version },
        }),
      );
      await producer.addBulk(jobs);
      const done = async () =>
        Object.values(await producer.counts()).every((waiting) => waiting === 0);
      await waitUntil('the matcher', done, ROUND_LIMIT_MS, 100);
      return IMAGES;
    },
    async stop() {
      await producer.close();
      await redis.quit();
      await matcher.stop();
      await server.stop();
      await folders.remove();
    },
  };
}
