import { type Candidate } from './candidate.js';
import { DuckDbCandidate } from './duckdb.js';
import { embeddedCandidate } from './embedded.js';
import { LanceDbCandidate } from './lancedb.js';
import { ScanCandidate } from './scan.js';
import { ZvecCandidate } from './zvec.js';

const candidates: Readonly<Record<string, (folder: string) => Candidate>> = {
  embedded: embeddedCandidate,
  scan: (folder) => new ScanCandidate(folder),
  zvec: (folder) => new ZvecCandidate(folder),
  duckdb: (folder) => new DuckDbCandidate(folder),
  lancedb: (folder) => new LanceDbCandidate(folder),
};

export const candidateNames = Object.keys(candidates);

export function openCandidate(name: string, folder: string): Candidate {
  const make = candidates[name];
  if (!make) throw new Error(`choose from ${candidateNames.join(', ')}`);
  return make(folder);
}
