import { setTimeout as sleep } from 'node:timers/promises';
import { describeReadiness, type ServiceReadiness } from './readiness.js';

const EVERY_MS = 3_000;

interface WatchedService {
  readonly name: string;
  /** Null while the service is restarted, which its supervisor reports. */
  readiness(): Promise<ServiceReadiness | null>;
}

/**
 * Tells the user when a ready service loses something that it needs, when it has a problem in spite of being
 * ready, such as a webhook that is refused, and when that is over.
 */
export async function watchReadiness(
  services: readonly WatchedService[],
  report: (message: string) => void,
  signal: AbortSignal,
  everyMs = EVERY_MS,
): Promise<void> {
  const known = new Map<string, string>();
  while (!signal.aborted) {
    await Promise.all(
      services.map(async (service) => {
        const readiness = await service.readiness();
        if (readiness === null || signal.aborted) return;
        const problem = describeReadiness(readiness);
        if (problem === (known.get(service.name) ?? '')) return;
        known.set(service.name, problem);
        if (problem === '') report(`${service.name} has recovered`);
        else if (readiness.state === 'ready') report(`${service.name} has a problem: ${problem}`);
        else report(`${service.name} is not ready: ${problem}`);
      }),
    );
    await sleep(everyMs, undefined, { signal }).catch(() => undefined);
  }
}
