/** Measures one job in a process of its own: a driver that crashes takes only this one with it. */
import { peakMemory } from '../support/process-memory.js';
import { checkNetwork } from './measuring/check-network.js';
import { type Job, type JobMessage } from './measuring/job.js';
import { measureBatches } from './measuring/measure-batches.js';
import { measureCeilings } from './measuring/measure-ceilings.js';

// Also when whoever started this is gone.
process.once('disconnect', () => process.exit());

process.once('message', (job: Job) => {
  void measure(job)
    .catch((error: unknown) =>
      tell({ kind: 'failed', message: error instanceof Error ? error.message : String(error) }),
    )
    .finally(() => process.disconnect());
});

async function measure(job: Job): Promise<void> {
  const skip = (reason: string) => tell({ kind: 'skipped', reason });
  tell({ kind: 'checked', ...(await checkNetwork(job)) });
  if (job.batches.length > 0) {
    await measureBatches(job, (result) => tell({ kind: 'batch', result }), skip);
  }
  tell({ kind: 'memory', mib: await peakMemory(process.pid) });
  if (job.ceilings) {
    await measureCeilings(job, (result) => tell({ kind: 'ceiling', result }), skip);
  }
}

function tell(message: JobMessage): void {
  process.send!(message);
}
