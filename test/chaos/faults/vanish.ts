import { rename } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Bed } from '../bed.js';
import { type Fault } from '../schedule.js';

/** Something that the services depend on is away for a while; what it holds is kept. */
export async function vanish(bed: Bed, fault: Extract<Fault, { kind: 'vanish' }>) {
  const proxy = bed.proxies.get(fault.target);
  if (!proxy) await moveFolder(bed.archive.folder!, fault.durationMs);
  else if (fault.how === 'refuse') {
    proxy.refuse();
    await sleep(fault.durationMs);
    await proxy.listen();
  } else {
    proxy.hush();
    await sleep(fault.durationMs);
    proxy.speak();
  }
}

/** As a network drive does that is not mounted. */
async function moveFolder(folder: string, durationMs: number): Promise<void> {
  await rename(folder, `${folder}-away`);
  await sleep(durationMs);
  await rename(`${folder}-away`, folder);
}
