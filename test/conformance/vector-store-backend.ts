import { type VectorStore } from '../../apps/matcher/src/vectors/vector-store.port.js';

export const DIMENSION = 16;

/** What the spec of an adapter provides. */
export interface VectorStoreBackend {
  start(): Promise<void>;
  /** Creates a store without opening it. Stores of the same space share their data. */
  connect(space: string, dimension: number): VectorStore;
  stop(): Promise<void>;
}

/** Opens stores for the model space of the current test, and closes them after the test. */
export interface StoreBench {
  readonly backend: VectorStoreBackend;
  open(dimension?: number): Promise<VectorStore>;
  close(store: VectorStore): Promise<void>;
}
