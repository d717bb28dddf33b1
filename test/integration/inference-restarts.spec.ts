import { expect, it } from '@jest/globals';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { DIST } from '../support/start-app.js';

const MIB = 1024 ** 2;
const RESTARTS = 50;

it('keeps memory level over 50 restarts of an inference thread', async () => {
  const models = path.resolve(process.env.SIGHTLINE_TEST_MODELS ?? 'models');
  const program = path.join(DIST, 'test/support/restart-threads.main.js');
  const child = fork(program, [models, String(RESTARTS)], {
    execArgv: ['--expose-gc'],
    env: { ...process.env, NODE_OPTIONS: '' },
  });
  const [{ resident, ends }] = (await once(child, 'message')) as [
    { resident: number[]; ends: string[] },
  ];
  expect(ends).toHaveLength(RESTARTS);
  expect(new Set(ends)).toEqual(new Set(['INFERENCE_CRASHED', 'INFERENCE_HUNG']));
  // The first threads fill the allocator's pools. One set of networks has 7 MiB.
  const [, warm, ...later] = resident;
  expect(Math.max(...later) - warm!).toBeLessThan(24 * MIB);
}, 180_000);
