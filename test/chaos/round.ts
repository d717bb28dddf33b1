import { readImport, startImport } from '../support/api.js';
import { makeBed, type BedOptions } from './bed.js';
import { enrolPeople } from './enrol-people.js';
import { inject, type InjectedFault } from './inject.js';
import { type Fault } from './schedule.js';
import { settle } from './settle.js';
import { type Snapshot } from './snapshot.js';
import { takeSnapshot } from './take-snapshot.js';

export interface RoundResult {
  readonly snapshot: Snapshot;
  readonly faults: readonly InjectedFault[];
  /** From the import's start until everything was at rest, and the part of it after the last fault. */
  readonly seconds: number;
  readonly settleSeconds: number;
  /** Processes that came up again. */
  readonly restarts: number;
  /** Services that ended without being killed: name and exit code or signal. */
  readonly unasked: readonly string[];
  readonly redisBytes: number;
  /** Of the vector store's API. */
  readonly violations: readonly string[];
}

const SETTLE_MS = 240_000;
const LOOK_MS = 250;

/** One import of the archive on a bed of its own, with these faults; none: the quiet run. */
export async function runRound(
  options: BedOptions,
  faults: readonly Fault[],
  settleMs = SETTLE_MS,
): Promise<RoundResult> {
  const bed = await makeBed(options);
  try {
    await Promise.all(bed.services.map((service) => service.ready()));
    const people = await enrolPeople(bed.named('matcher')[0]!.url, options.archive.photographs);
    const ingests = bed.named('ingest').map(({ url }) => url);
    const start = performance.now();
    const id = await startImport(ingests[0]!, 'archive');
    let importing = true;
    const watch = setInterval(() => {
      for (const url of ingests) {
        readImport(url, id).then(
          ({ status }) => (importing &&= status !== 'done'),
          () => undefined,
        );
      }
    }, LOOK_MS);
    const injected = await inject(bed, faults, () => importing).finally(() => clearInterval(watch));
    const quietSince = performance.now();
    await settle(bed, id, settleMs);
    const end = performance.now();
    const redisBytes = Number(/used_memory:(\d+)/.exec(await bed.redis.info('memory'))?.[1]);
    return {
      snapshot: await takeSnapshot(bed, id, people),
      faults: injected,
      seconds: (end - start) / 1000,
      settleSeconds: (end - quietSince) / 1000,
      restarts: [bed.redisServer, ...bed.services].reduce((sum, { starts }) => sum + starts - 1, 0),
      unasked: bed.services.flatMap(({ name, unasked }) => unasked.map((how) => `${name} ${how}`)),
      redisBytes,
      violations: bed.violations,
    };
  } finally {
    await bed.close();
  }
}
