import { NO_OBSERVER, type PipelineObserver } from '../pipeline-observer.js';
import {
  NETWORK_ROLES,
  type NetworkItem,
  type NetworkOutputs,
  type NetworkRole,
} from './inference-messages.js';
import { type InferencePool, type NetworkTimes } from './inference-pool.js';
import { type BatchCounters, MicroBatcher } from './micro-batcher.js';

export interface BatchSettings {
  /** Maximum number of items in a batch. */
  readonly maxBatch: number;
  /** Maximum time that the first item of a batch waits for others, milliseconds. */
  readonly maxWaitMs: number;
}

export type NetworkStats = BatchCounters & NetworkTimes;

type Batchers = { readonly [Role in NetworkRole]: MicroBatcher<NetworkItem, NetworkOutputs[Role]> };

/** Runs the networks on single items, which it combines into batches across images. */
export class Networks {
  private readonly batchers: Batchers;

  constructor(
    private readonly pool: InferencePool,
    settings: BatchSettings,
    observer: PipelineObserver = NO_OBSERVER,
  ) {
    const batcher = <Role extends NetworkRole>(role: Role) =>
      new MicroBatcher<NetworkItem, NetworkOutputs[Role]>((items) => pool.run(role, items), {
        maxSize: settings.maxBatch,
        maxWaitMs: settings.maxWaitMs,
        maxRunning: pool.threadsFor(role),
        onBatch: (items, waitedMs) => observer.batch(role, items, waitedMs),
      });
    this.batchers = {
      detect: batcher('detect'),
      landmarks: batcher('landmarks'),
      embed: batcher('embed'),
    };
  }

  run<Role extends NetworkRole>(
    role: Role,
    item: NetworkItem,
    urgent: boolean,
  ): Promise<NetworkOutputs[Role]> {
    return this.batchers[role].add(item, urgent);
  }

  stats(): Readonly<Record<NetworkRole, NetworkStats>> {
    const of = (role: NetworkRole) => ({
      ...this.batchers[role].counters,
      ...this.pool.timesOf(role),
    });
    return { detect: of('detect'), landmarks: of('landmarks'), embed: of('embed') };
  }

  /** Finishes the items in progress and ends the threads. */
  async close(): Promise<void> {
    for (const role of NETWORK_ROLES) await this.batchers[role].close();
    await this.pool.close();
  }
}
