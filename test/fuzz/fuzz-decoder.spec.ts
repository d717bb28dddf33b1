import { expect, it } from '@jest/globals';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fuzzDecoder } from './fuzz-decoder.js';

it('decodes 500 mutated photographs or refuses them with a code, in limited time and memory', async () => {
  // Kept if the test fails, because it contains the input.
  const folder = await mkdtemp(path.join(tmpdir(), 'sightline-fuzz-'));
  const { ends, failures } = await fuzzDecoder({ seed: 1, count: 500, folder });
  expect(failures).toEqual([]);
  const { decoded = 0, ...refused } = ends;
  const refusals = Object.values(refused).reduce((sum, inputs) => sum + inputs, 0);
  // The mutations are neither without effect nor rejected before a decoder sees them.
  expect(decoded).toBeGreaterThan(50);
  expect(refusals).toBeGreaterThan(100);
  expect(decoded + refusals).toBe(500);
}, 120_000);
