import { setTimeout as sleep } from 'node:timers/promises';
import { ScalingBed, type ScalingBedOptions } from '../../test/support/scaling-bed.js';
import { cpuSeconds, machineSeconds } from '../support/process-usage.js';
import { checkOnce } from './once.js';
import { callsOf, readRedisUsage, type RedisUsage, usageBetween } from './redis-usage.js';

const PARTS = ['ingest', 'embedders', 'matchers', 'redis', 'qdrant'] as const;
type Part = (typeof PARTS)[number];

export interface RunOptions extends ScalingBedOptions {
  readonly images: number;
  /** Number of faces in the image number `index`. */
  faces(index: number): number;
  /** Starts other load during the run. @returns a function that stops it */
  beside?(bed: ScalingBed): Promise<() => Promise<void>>;
}

/** Results of one import. */
export interface RunFigures {
  readonly images: number;
  readonly faces: number;
  /** Time from the request that starts the import until it is done. */
  readonly seconds: number;
  /** Number of images of each embedder and each matcher. */
  readonly embedded: readonly number[];
  readonly matched: readonly number[];
  /** CPU time in seconds of all processes of each part; 0 for a Qdrant on another machine. */
  readonly cpu: Readonly<Record<Part, number>>;
  /** CPU time of all processes on the machine in seconds, including unrelated ones. */
  readonly machineCpu: number;
  readonly redis: RedisUsage;
}

/** The first images are slower, because code is compiled and connections are opened. */
const WARM_UP = 400;

/**
 * Starts all processes and imports an archive.
 * @throws Error if an image was embedded or matched twice, or an event or a sighting exists twice
 */
export async function measureRun(options: RunOptions): Promise<RunFigures> {
  const bed = await ScalingBed.start(options);
  try {
    await bed.fill('warm-up', WARM_UP, options.faces);
    await bed.run('warm-up');
    await bed.forgetWork();
    return await measure(bed, options);
  } finally {
    await bed.stop();
  }
}

async function measure(
  bed: ScalingBed,
  { images, faces, beside }: RunOptions,
): Promise<RunFigures> {
  const keys = await bed.fill('run', images, faces);
  const end = await beside?.(bed);
  const before = await look(bed);
  const start = performance.now();
  const view = await bed.run('run');
  const seconds = (performance.now() - start) / 1000;
  const after = await look(bed);
  await end?.();
  await checkOnce(bed, 'run/', keys, view);
  const [embedded, matched] = [await bed.work('embedded'), await bed.work('matched')];
  const counts = (work: typeof embedded) => [...work.values()].map((done) => done.length);
  const cpu = PARTS.map((part) => [part, after.cpu[part] - before.cpu[part]] as const);
  return {
    images,
    faces: view.faces,
    seconds,
    embedded: counts(embedded),
    matched: counts(matched),
    cpu: Object.fromEntries(cpu) as Record<Part, number>,
    machineCpu: after.machine - before.machine,
    redis: usageBetween(before.redis, after.redis),
  };
}

async function look({ ingest, embedders, matchers, server, qdrant, redis }: ScalingBed) {
  const all = (apps: typeof embedders) => cpuSeconds(apps.map(({ process }) => process.pid!));
  return {
    machine: machineSeconds(),
    cpu: {
      ingest: await all([ingest]),
      embedders: await all(embedders),
      matchers: await all(matchers),
      redis: await cpuSeconds([server.pid]),
      qdrant: qdrant.pid === null ? 0 : await cpuSeconds([qdrant.pid]),
    },
    redis: await readRedisUsage(redis),
  };
}

export interface IdleFigures {
  /** Share of a core that Redis takes. */
  readonly share: number;
  /** Commands per second, including those inside scripts. */
  readonly commands: number;
}

const SETTLE_MS = 3_000;

/** Load on Redis from idle processes. */
export async function measureIdle(
  processes: { readonly embedders: number; readonly matchers: number },
  seconds: number,
): Promise<IdleFigures> {
  const bed = await ScalingBed.start({ ...processes, batchMs: 0 });
  try {
    await sleep(SETTLE_MS);
    const before = await readRedisUsage(bed.redis);
    await sleep(1000 * seconds);
    const usage = usageBetween(before, await readRedisUsage(bed.redis));
    return { share: usage.mainSeconds / seconds, commands: callsOf(usage) / seconds };
  } finally {
    await bed.stop();
  }
}
