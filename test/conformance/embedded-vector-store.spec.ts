import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { EmbeddedVectorStore } from '../../apps/matcher/src/vectors/embedded/embedded-vector-store.js';
import { spaceSlug } from '../../apps/matcher/src/vectors/vector-store.config.js';
import { vectorStoreConformance } from './vector-store.conformance.js';

let root: string;

vectorStoreConformance('the embedded store', {
  async start() {
    root = await mkdtemp(path.join(tmpdir(), 'sightline-vectors-'));
  },
  connect(space, dimension) {
    const folder = path.join(root, spaceSlug(space));
    return new EmbeddedVectorStore({ folder, space, dimension });
  },
  async stop() {
    await rm(root, { recursive: true, force: true });
  },
});
