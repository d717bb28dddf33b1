import { setTimeout as sleep } from 'node:timers/promises';
import { ScalingBed, type ScalingBedOptions } from '../../test/support/scaling-bed.js';
import { cpuSeconds, machineSeconds } from '../support/process-usage.js';
import { checkOnce } from './once.js';
import { callsOf, readRedisUsage, type RedisUsage, usageBetween } from './redis-usage.js';

const PARTS = ['ingest', 'embedders', 'matchers', 'redis', 'qdrant'] as const;
type Part = (typeof PARTS)[number];

export interface RunOptions extends ScalingBedOptions {
  readonly images: number;
  /** Faces of the n-th image. */
  faces(index: number): number;
  /** Something else that goes on meanwhile. @returns what ends it */
  beside?(bed: ScalingBed): Promise<() => Promise<void>>;
}

/** What one import came to. */
export interface RunFigures {
  readonly images: number;
  readonly faces: number;
  /** From the request that starts the import to its end. */
  readonly seconds: number;
  /** Images of each embedder and of each matcher. */
  readonly embedded: readonly number[];
  readonly matched: readonly number[];
  /** CPU time of each part, of all its processes together, seconds. Of a Qdrant elsewhere 0. */
  readonly cpu: Readonly<Record<Part, number>>;
  /** CPU time of the whole machine, seconds; what others on it took is in it. */
  readonly machineCpu: number;
  readonly redis: RedisUsage;
}

/** The first images pay for compiling the code, and for connections. */
const WARM_UP = 400;

/**
 * Runs an archive through processes that are started for it.
 * @throws Error when an image was embedded or matched twice, or an event emitted or a sighting kept twice
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
  /** Commands a second, those inside scripts too. */
  readonly commands: number;
}

const SETTLE_MS = 3_000;

/** What Redis has to do for processes that have nothing to do. */
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
