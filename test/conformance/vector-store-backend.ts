import { type VectorStore } from '../../apps/matcher/src/vectors/vector-store.port.js';

export const DIMENSION = 16;

/** What an adapter's spec brings: where its data lies. */
export interface VectorStoreBackend {
  start(): Promise<void>;
  /** A store that is not open yet. Two of the same space share their data. */
  connect(space: string, dimension: number): VectorStore;
  stop(): Promise<void>;
}

/** Stores over the model space of the current test; those left open are closed after it. */
export interface StoreBench {
  readonly backend: VectorStoreBackend;
  open(dimension?: number): Promise<VectorStore>;
  close(store: VectorStore): Promise<void>;
}
