import { expect, it } from '@jest/globals';
import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { startCli } from '../support/run-cli.js';

// The telemetry would write an id of the machine and a database of events to the home folder.
it('the command line keeps the telemetry of ONNX Runtime off', async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'sightline-telemetry-'));
  const [home, temporary] = ['home', 'tmp'].map((name) => path.join(folder, name));
  for (const made of [home!, temporary!]) await mkdir(made);
  const run = startCli(folder, ['models', 'verify', 'fr-feature'], {
    HOME: home!,
    TMPDIR: temporary!,
  });
  expect(await run.ended).toBe(0);
  expect(run.output()).toContain('known answers correct');
  expect(await readdir(home!)).toEqual([]);
  expect(await readdir(temporary!)).toEqual([]);
  await rm(folder, { recursive: true });
});
