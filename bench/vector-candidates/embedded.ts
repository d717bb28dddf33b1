import { EmbeddedVectorStore } from '../../apps/matcher/src/vectors/embedded/embedded-vector-store.js';
import { DIMENSION, type Candidate } from './candidate.js';

export function embeddedCandidate(folder: string): Candidate {
  return new EmbeddedVectorStore({ folder, space: 'bench@1+none', dimension: DIMENSION });
}
