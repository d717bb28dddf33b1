import { expect, it } from '@jest/globals';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fuzzDecoder } from './fuzz-decoder.js';

it('500 changed photographs are decoded or refused with a code, in bounded time and memory', async () => {
  // Stays when something fails: the input is in it.
  const folder = await mkdtemp(path.join(tmpdir(), 'sightline-fuzz-'));
  const { ends, failures } = await fuzzDecoder({ seed: 1, count: 500, folder });
  expect(failures).toEqual([]);
  const { decoded = 0, ...refused } = ends;
  const refusals = Object.values(refused).reduce((sum, inputs) => sum + inputs, 0);
  // Neither changes that nobody notices nor ones that no decoder looks at.
  expect(decoded).toBeGreaterThan(50);
  expect(refusals).toBeGreaterThan(100);
  expect(decoded + refusals).toBe(500);
}, 120_000);
