import { afterAll, afterEach, beforeAll, beforeEach, describe } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { type VectorStore } from '../../apps/matcher/src/vectors/vector-store.port.js';
import { DIMENSION, type StoreBench, type VectorStoreBackend } from './vector-store-backend.js';
import { cohortConformance } from './vector-store-cohort.conformance.js';
import { sightingConformance } from './vector-store-sightings.conformance.js';
import { spaceConformance } from './vector-store-space.conformance.js';
import { templateConformance } from './vector-store-templates.conformance.js';

/** The tests that every adapter of the vector store port must pass. */
export function vectorStoreConformance(name: string, backend: VectorStoreBackend): void {
  describe(`${name} as a vector store`, () => {
    const opened = new Set<VectorStore>();
    let space: string;

    const bench: StoreBench = {
      backend,
      async open(dimension = DIMENSION) {
        const store = backend.connect(space, dimension);
        await store.open();
        opened.add(store);
        return store;
      },
      async close(store) {
        opened.delete(store);
        await store.close();
      },
    };

    beforeAll(() => backend.start());
    afterAll(() => backend.stop());
    beforeEach(() => {
      space = `test-${randomUUID().slice(0, 13)}@1+none`;
    });
    afterEach(async () => {
      for (const store of opened) await bench.close(store);
    });

    templateConformance(bench);
    sightingConformance(bench);
    cohortConformance(bench);
    spaceConformance(bench);
  });
}
