import { setTimeout as sleep } from 'node:timers/promises';
import { ScalingBed } from '../../test/support/scaling-bed.js';
import { callsOf, readRedisUsage, usageBetween } from './redis-usage.js';

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
