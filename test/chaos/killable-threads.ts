/** What a service that runs with killable-threads.preload.ts takes from its parent, and answers. */
export interface KillThread {
  /** 0 to 1: which of its threads. */
  readonly pick: number;
}

export interface ThreadKilled {
  readonly killed: boolean;
}
