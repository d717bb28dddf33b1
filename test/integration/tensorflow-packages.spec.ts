import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { probeTensorflow } from '#vision/inference/tensorflow-runtime.js';

describe('loading a build of TensorFlow.js', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'sightline-tensorflow-'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  /** Tries a package whose main file is `code`, with other files next to it. */
  async function probe(name: string, code: string, files: Record<string, string> = {}) {
    const home = path.join(folder, name);
    await mkdir(home);
    await writeFile(path.join(home, 'index.js'), code);
    for (const [file, text] of Object.entries(files)) await writeFile(path.join(home, file), text);
    return probeTensorflow({ package: home, backend: 'tensorflow' });
  }

  it('reports the backend, and that it does not use a GPU', async () => {
    expect(await probeTensorflow({ package: '@tensorflow/tfjs', backend: 'wasm' })).toEqual({
      ok: true,
      description: expect.stringMatching(/^@tensorflow\/tfjs 4\.\d+\.\d+, backend wasm$/),
      onGpu: false,
    });
  });

  it('reports that a package is not installed', async () => {
    const answer = await probeTensorflow({ package: '@tensorflow/none', backend: 'tensorflow' });
    expect(answer).toEqual({ ok: false, reason: 'it is not installed' });
  });

  it("passes on the system's error when the native library cannot be loaded", async () => {
    const code = 'require("./binding.node");';
    const answer = await probe('garbage', code, { 'binding.node': 'no library' });
    expect(answer).toEqual({ ok: false, reason: expect.stringMatching(/binding\.node: .+/) });
  });

  it('survives a native library that crashes its process', async () => {
    const code = 'console.error("Illegal instruction"); process.kill(process.pid, "SIGILL");';
    expect(await probe('crash', code)).toEqual({
      ok: false,
      reason: 'the process that loaded it ended with SIGILL: Illegal instruction',
    });
  });

  it('reports that a build does not have the requested backend', async () => {
    const answer = await probeTensorflow({ package: '@tensorflow/tfjs', backend: 'tensorflow' });
    expect(answer).toEqual({ ok: false, reason: expect.stringContaining('tensorflow') });
  });
});
