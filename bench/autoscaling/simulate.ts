import { type Day, DAY_SECONDS } from './bursty-day.js';
import { type Load, Scaler, type ScalerSettings } from './scaler.js';

export interface Installation {
  /** Of a replica. */
  readonly imagesPerSecond: number;
  /** From the decision until a new replica works: node, image, networks. Seconds. */
  readonly startSeconds: number;
  /** Ingest's HIGH_WATER and LOW_WATER. */
  readonly highWater: number;
  readonly lowWater: number;
}

export interface Minute {
  readonly live: number;
  readonly archive: number;
  /** Images of imports that are in their store still. */
  readonly unlisted: number;
  readonly ready: number;
}

export interface DayReport {
  /** Seconds that cameras' images waited: percentiles 50, 95 and 99. */
  readonly liveWaits: readonly [number, number, number];
  /** The longest that an import took, from its start to its last image; hours. */
  readonly longestImport: number;
  readonly replicaHours: number;
  /** Times that the number of replicas changed. */
  readonly changes: number;
  readonly left: number;
  readonly minutes: readonly Minute[];
}

/** What a scaler is told; the real one sees all the work. */
export type Sight = (load: Load, live: number) => Load;

const LISTED_PER_SECOND = 2_000;

/**
 * A day second by second: ingest lists imports up to HIGH_WATER, embedders take live images first, the
 * scaler polls. Scale-in loses nothing: what a replica has in hand it ends.
 * @param scaler null: always `min` replicas
 */
export function simulate(
  day: Day,
  installation: Installation,
  settings: ScalerSettings,
  sight: Sight = (load) => load,
): DayReport {
  const { imagesPerSecond, startSeconds, highWater, lowWater } = installation;
  const scaler = new Scaler(settings);
  const live: Batch[] = [];
  const archive: Batch[] = [];
  const waits = new Map<number, number>();
  const ends = new Map<number, number>();
  const minutes: Minute[] = [];
  let [replicas, ready, changes, replicaSeconds] = [settings.min, settings.min, 0, 0];
  let starting: number[] = [];
  let unlisted: Batch[] = [];
  let listing = true;
  for (let now = 0; now < DAY_SECONDS; now++) {
    const arrived = day.live[now]!;
    if (arrived > 0) live.push({ since: now, count: arrived });
    for (const [index, { at, images }] of day.imports.entries()) {
      if (at === now) unlisted.push({ since: index, count: images });
    }
    const queued = count(live) + count(archive);
    listing = queued <= lowWater || (listing && queued < highWater);
    if (listing) list(unlisted, archive, Math.min(LISTED_PER_SECOND, highWater - queued), now);
    unlisted = unlisted.filter((batch) => batch.count > 0);

    ready += starting.filter((at) => at <= now).length;
    starting = starting.filter((at) => at > now);
    let room = Math.min(ready, replicas) * imagesPerSecond;
    room -= take(live, room, ({ since }, taken) => {
      waits.set(now - since, (waits.get(now - since) ?? 0) + taken);
    });
    take(archive, room, ({ owner }) => ends.set(owner!, now));

    if (now % settings.pollSeconds === 0) {
      const oldest = [live[0], archive[0]].flatMap((batch) => (batch ? [now - batch.since] : []));
      const load = {
        work: count(live) + count(archive),
        oldestAgeSeconds: Math.max(0, ...oldest),
      };
      const next = scaler.poll(now, replicas, sight(load, count(live)));
      if (next !== replicas) changes++;
      for (let more = replicas; more < next; more++) starting.push(now + startSeconds);
      // Those that have not begun to work go first.
      const gone = Math.max(0, replicas - next);
      const unstarted = Math.min(gone, starting.length);
      starting.splice(starting.length - unstarted, unstarted);
      ready -= gone - unstarted;
      replicas = next;
    }
    replicaSeconds += replicas;
    if (now % 60 === 0) {
      minutes.push({
        ...{ live: count(live), archive: count(archive), unlisted: count(unlisted), ready },
      });
    }
  }
  const took = [...ends].map(([index, end]) => end - day.imports[index]!.at);
  return {
    liveWaits: [percentile(waits, 0.5), percentile(waits, 0.95), percentile(waits, 0.99)],
    longestImport: Math.max(0, ...took) / 3_600,
    replicaHours: replicaSeconds / 3_600,
    ...{ changes, minutes },
    left: count(live) + count(archive) + count(unlisted),
  };
}

interface Batch {
  /** Second that it came; of images in their store, number of their import. */
  readonly since: number;
  /** Number of its import. */
  readonly owner?: number;
  count: number;
}

function list(from: readonly Batch[], to: Batch[], room: number, now: number): void {
  // Imports share: each has a runner.
  const share = Math.floor(room / Math.max(1, from.length));
  for (const batch of from) {
    const listed = Math.min(share, batch.count);
    if (listed <= 0) continue;
    batch.count -= listed;
    to.push({ since: now, owner: batch.since, count: listed });
  }
}

function take(queue: Batch[], room: number, taken: (batch: Batch, count: number) => void): number {
  let used = 0;
  while (queue[0] && used < room) {
    const [first] = queue;
    const some = Math.min(first.count, room - used);
    taken(first, some);
    used += some;
    first.count -= some;
    if (first.count === 0) queue.shift();
  }
  return used;
}

function count(batches: readonly Batch[]): number {
  return batches.reduce((sum, batch) => sum + batch.count, 0);
}

function percentile(counts: ReadonlyMap<number, number>, share: number): number {
  const sorted = [...counts].sort(([a], [b]) => a - b);
  const all = sorted.reduce((sum, [, times]) => sum + times, 0);
  let seen = 0;
  for (const [value, times] of sorted) {
    seen += times;
    if (seen >= share * all) return value;
  }
  return 0;
}
