import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { ownModelsFolder, placeTinyPack, TINY_PACK } from '../support/engine-packs.js';

const MAIN = fileURLToPath(new URL('../support/prove-device.main.js', import.meta.url));

// Uses a real profile of a run on the CPU, which is what the runtime writes when no node ran on the GPU.
describe('the check of the device that computes a network', () => {
  let modelsDir: string;
  let temporary: string;
  beforeAll(async () => {
    modelsDir = await ownModelsFolder();
    await placeTinyPack(modelsDir);
    temporary = path.join(modelsDir, 'temporary');
    await mkdir(temporary);
  });
  afterAll(() => rm(modelsDir, { recursive: true }));

  async function verify(device: string): Promise<unknown> {
    const file = path.join(modelsDir, TINY_PACK, 'embed.onnx');
    const env = { ...process.env, TMPDIR: temporary, ORT_DISABLE_TELEMETRY: '1' };
    const child = fork(MAIN, [file, device, '1', '23', '17', '3'], { env });
    const [answer] = (await once(child, 'message')) as [unknown];
    await once(child, 'exit');
    return answer;
  }

  it('fails when the nodes ran on the CPU, and reports where they ran', async () => {
    expect(await verify('cuda')).toEqual({
      refused: expect.stringMatching(
        /^cuda does not run this network: of \d+ nodes \d+ on CPUExecutionProvider, \d+ % of the time/,
      ),
    });
  });

  it('leaves no profile file behind', async () => {
    await verify('cuda');
    expect(await readdir(temporary)).toEqual([]);
  });
});
