import { type Bed } from '../bed.js';
import { type Fault } from '../schedule.js';
import { pickOf } from './pick-of.js';

/** SIGKILL for a process, as soon as it runs. */
export async function kill(bed: Bed, { target, pick }: Extract<Fault, { kind: 'kill' }>) {
  if (target === 'redis') await bed.redisServer.kill();
  else await pickOf(bed.named(target), pick).kill();
}

/** The end of one thread of a process. */
export async function killThread(
  bed: Bed,
  { target, pick }: Extract<Fault, { kind: 'kill-thread' }>,
) {
  await pickOf(bed.named(target), pick).killThread(pick);
}
