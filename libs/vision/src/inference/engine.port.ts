/** One network on one runtime. */
export interface Engine {
  readonly facts: EngineFacts;
  /**
   * Runs a batch. Blocks the calling thread, whatever the signature says.
   * @param input `batch` items, one after the other, in the network's own layout
   * @returns each output by name, `batch` items one after the other
   */
  run(input: Float32Array, batch: number): Promise<ReadonlyMap<string, Float32Array>>;
  close(): Promise<void>;
}

/** What really runs, for the readiness answer: a GPU that is silently unused shows here. */
export interface EngineFacts {
  readonly engine: string;
  readonly device: string;
  readonly precision: string;
}
