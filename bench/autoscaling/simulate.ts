import { type Batch, count, take } from './batches.js';
import { type Day, DAY_SECONDS } from './bursty-day.js';
import { type Fleet } from './fleet.js';
import { InHand } from './in-hand.js';
import { type Installation } from './installation.js';
import { Listing } from './listing.js';
import { percentile } from './percentile.js';

export interface Minute {
  readonly queued: number;
  /** Images of imports that are in their store still. */
  readonly unlisted: number;
  readonly working: number;
  readonly replicas: number;
}

export interface DayReport {
  /** Seconds that cameras' images waited: percentiles 50, 95 and 99. */
  readonly liveWaits: readonly [number, number, number];
  /** Seconds that imports' images waited on the queue: percentiles 50 and 99. */
  readonly archiveWaits: readonly [number, number];
  /** The longest that an import took, from its start to its last image; hours. */
  readonly longestImport: number;
  readonly replicaHours: number;
  readonly cost: number;
  /** Times that the number of replicas changed. */
  readonly changes: number;
  readonly left: number;
  /** Images done in each second. */
  readonly done: readonly number[];
  readonly minutes: readonly Minute[];
}

/** A day second by second: ingest lists imports up to HIGH_WATER, replicas take live images first, the scaler polls. */
export function simulate(day: Day, installation: Installation, fleet: Fleet): DayReport {
  const listing = new Listing(day.imports);
  const inHand = new InHand(installation);
  const live: Batch[] = [];
  const archive: Batch[] = [];
  const liveWaits = new Map<number, number>();
  const archiveWaits = new Map<number, number>();
  const ends = new Map<number, number>();
  const done: number[] = [];
  const minutes: Omit<Minute, 'replicas'>[] = [];
  for (let now = 0; now < DAY_SECONDS; now++) {
    if (day.live[now]! > 0) live.push({ since: now, count: day.live[now]! });
    listing.list(now, archive, count(live) + count(archive));
    const working = fleet.working(now, count(live) + count(archive) + listing.left);
    const room = working * installation.imagesPerSecond;
    let taken = take(live, room, ({ since }, some) => add(liveWaits, now - since, some));
    taken += take(archive, room - taken, ({ since, owner }, some) => {
      add(archiveWaits, now - since, some);
      ends.set(owner!, now);
    });
    done.push(taken);
    const queued = count(live) + count(archive);
    const oldest = Math.min(now, ...[live, archive].flatMap(([first]) => first?.since ?? []));
    const work = queued + inHand.count(working, taken, queued);
    fleet.look?.(now, { work, oldestAgeSeconds: now - oldest }, count(live));
    if (now % 60 === 0) minutes.push({ queued, unlisted: listing.left, working });
  }
  const took = [...ends].map(([owner, end]) => end - day.imports[owner]!.at);
  const paid = fleet.paid();
  const replicaHours = paid.reduce((sum, replicas) => sum + replicas, 0) / 3_600;
  return {
    liveWaits: [
      percentile(liveWaits, 0.5),
      percentile(liveWaits, 0.95),
      percentile(liveWaits, 0.99),
    ],
    archiveWaits: [percentile(archiveWaits, 0.5), percentile(archiveWaits, 0.99)],
    longestImport: Math.max(0, ...took) / 3_600,
    replicaHours,
    cost: replicaHours * installation.pricePerHour,
    changes: paid.filter((replicas, now) => now > 0 && replicas !== paid[now - 1]).length,
    left: count(live) + count(archive) + listing.left,
    done,
    minutes: minutes.map((minute, index) => ({ ...minute, replicas: paid[index * 60]! })),
  };
}

function add(times: Map<number, number>, value: number, by: number): void {
  times.set(value, (times.get(value) ?? 0) + by);
}
