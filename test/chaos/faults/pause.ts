import { setTimeout as sleep } from 'node:timers/promises';
import { type Bed } from '../bed.js';
import { type Fault } from '../schedule.js';
import { pickOf } from './pick-of.js';

/** SIGSTOP for longer than locks last: the process wakes up when others have its work. */
export async function pause(bed: Bed, fault: Extract<Fault, { kind: 'pause' }>) {
  const goOn = await pickOf(bed.named(fault.target), fault.pick).pause();
  await sleep(fault.durationMs);
  goOn();
}
