import { type JobMessage } from '../measuring/job.js';

/** One line for who waits. */
export function progress(message: JobMessage): string {
  switch (message.kind) {
    case 'checked':
      return `runs (${JSON.stringify(message.nodes)})`;
    case 'batch': {
      const { batch, copied } = message.result;
      return `${batch} faces a run: ${((batch / copied.medianMs) * 1000).toFixed(1)} faces/s`;
    }
    case 'skipped':
      return `left out: ${message.reason}`;
    case 'memory':
      return 'measuring the ceilings …';
    case 'ceiling':
      return `${message.result.name}: ${message.result.perSecond.toExponential(2)}/s`;
    case 'failed':
      return `failed: ${message.message}`;
  }
}
