import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createHash } from 'node:crypto';
import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { type AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { readEmbeddingPack } from '#models/packs/read-pack.js';
import { frFeature } from '#models/published/default-packs.js';
import { fetchNpmFiles } from '#models/sources/npm-files.js';
import { exchangeInputChannels } from '../support/exchange-input-channels.js';
import { OWN_SIZE, ownNetwork } from '../support/own-network.js';
import { photos } from '../support/photos.js';
import { startCli } from '../support/run-cli.js';
import { MODELS_DIR } from '../support/start-pipeline.js';
import { waitUntil } from '../support/wait-until.js';

describe('sightline models import', () => {
  let folder: string;
  let modelsDir: string;
  let server: Server;

  beforeAll(async () => {
    folder = await mkdtemp(path.join(os.tmpdir(), 'sightline-import-'));
    modelsDir = path.join(folder, 'models');
    const photographs = path.dirname((await photos()).faceApi);
    await cp(photographs, path.join(folder, 'photos'), { recursive: true });
    await cp(path.join(MODELS_DIR, 'rfb320-68'), path.join(modelsDir, 'rfb320-68'), {
      recursive: true,
      dereference: true,
    });
    const original = frFeature.originals['embed.onnx']!;
    const published = await fetchNpmFiles(frFeature.tarball, [original]);
    await writeFile(path.join(folder, 'Some Network.onnx'), published.get(original)!);
    await writeFile(path.join(folder, 'tiny.onnx'), ownNetwork());
    server = createServer((request, response) => {
      if (request.url === '/tiny.onnx') response.end(ownNetwork());
      else response.write('the beginning of a network that never comes');
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  });

  afterAll(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    await rm(folder, { recursive: true });
  });

  async function importing(...args: string[]) {
    const run = startCli(folder, ['models', 'import', ...args], { MODELS_DIR: modelsDir });
    return { code: await run.ended, output: run.output() };
  }

  const address = (name: string) =>
    `http://127.0.0.1:${(server.address() as AddressInfo).port}/${name}`;
  const tiny = ['--size', String(OWN_SIZE), '--alignment', 'arcface-112'];

  it('makes a pack of any network, tests it on faces and names the next step', async () => {
    const file = path.join(folder, 'Some Network.onnx');
    const args = ['--size', '112', '--alignment', 'arcface-112', '--licence', 'MIT'];
    const { code, output } = await importing(file, ...args);
    expect(output).toMatch(/^some-network: installed \(.*some-network\)\n/);
    expect(output).toMatch(
      /space some-network@[0-9a-f]{8}\+arcface-112, embeddings of 512 numbers/,
    );
    expect(output).toContain('not calibrated with rfb320-68');
    expect(output).toContain('face test: photographs of one person were more alike');
    expect(output).toContain('444 of 444');
    expect(output).toContain('models use some-network');
    expect(code).toBe(0);
    const { manifest } = await readEmbeddingPack(modelsDir, 'some-network');
    expect(manifest).toMatchObject({ licence: 'MIT', source: 'Some Network.onnx' });
    expect((await importing(file, ...args)).output).toContain('some-network: already installed');
  }, 60_000);

  it('warns that a network with a wrong description does not tell people apart', async () => {
    const points = '20,20 40,20 30,30 22,40 38,40';
    const file = path.join(folder, 'Some Network.onnx');
    const args = ['--size', '112', '--alignment', points, '--name', 'misdescribed'];
    const { code, output } = await importing(file, ...args);
    expect(output).toContain('WARNING: face test: it does not tell people apart');
    expect(code).toBe(0);
  }, 60_000);

  it('names the channel order that a network wants which was told the other', async () => {
    const original = path.join(folder, 'Some Network.onnx');
    const wantsBgr = path.join(folder, 'Wants Bgr.onnx');
    await writeFile(wantsBgr, exchangeInputChannels(await readFile(original)));
    const before = await readdir(modelsDir);
    const args = ['--size', '112', '--alignment', 'arcface-112', '--channels'];
    expect(await importing(wantsBgr, ...args, 'rgb', '--name', 'colours')).toEqual({
      code: 1,
      output: expect.stringMatching(
        /^MODEL_CHANNELS_WRONG: .* import it with --channels bgr, or with --no-face-check/,
      ),
    });
    expect(await readdir(modelsDir)).toEqual(before);
    const right = await importing(wantsBgr, ...args, 'bgr', '--name', 'colours');
    expect(right.output).toContain('444 of 444');
    expect(right.code).toBe(0);
    const forced = [...args, 'rgb', '--no-face-check', '--name', 'as-told'];
    expect(await importing(wantsBgr, ...forced)).toMatchObject({ code: 0 });
  }, 180_000);

  it('imports from an address, with the sha256 that its publisher states', async () => {
    const sha256 = createHash('sha256').update(ownNetwork()).digest('hex');
    const args = [address('tiny.onnx'), ...tiny, '--no-face-check'];
    expect(await importing(...args)).toMatchObject({
      code: 1,
      output: expect.stringMatching(/^USAGE: give the sha256/),
    });
    const wrong = await importing(...args, '--sha256', 'f'.repeat(64));
    expect(wrong).toMatchObject({
      code: 1,
      output: expect.stringMatching(/MODEL_SOURCE_MISMATCH/),
    });
    expect(await importing(...args, '--sha256', sha256)).toMatchObject({ code: 0 });
    const { manifest } = await readEmbeddingPack(modelsDir, 'tiny');
    expect(manifest.source).toBe(`${address('tiny.onnx')}, sha256 ${sha256}`);
  }, 60_000);

  it.each([
    ['no size', [], /^USAGE: describe the input of the network: --size/],
    ['the name of a default pack', [...tiny, '--name', 'fr-feature'], /^MODEL_PACK_RESERVED: /],
    ['the name of FaceNet', [...tiny, '--name', 'facenet512'], /^MODEL_PACK_RESERVED: /],
    ['an unknown alignment', ['--size', '16', '--alignment', 'x'], /^ALIGNMENT_INVALID: /],
    ['an invalid size', ['--size', 'large', '--alignment', 'x'], /expected a whole number/],
    ['an invalid name', [...tiny, '--name', '../x'], /expected 1 to 64 characters/],
    [
      'a size that does not fit the network',
      ['--size', '32', '--alignment', 'arcface-112'],
      /^ONNX_INPUT_UNSUITABLE: /,
    ],
  ])('refuses %s and leaves no files behind', async (_, args, message) => {
    const before = await readdir(modelsDir);
    const answer = await importing(path.join(folder, 'tiny.onnx'), ...args);
    expect(answer).toEqual({ code: 1, output: expect.stringMatching(message) });
    expect(await readdir(modelsDir)).toEqual(before);
  });

  it('refuses an invalid .h5 file', async () => {
    await writeFile(path.join(folder, 'weights.h5'), 'no weights');
    expect(await importing(path.join(folder, 'weights.h5'))).toEqual({
      code: 1,
      output: expect.stringMatching(/^KERAS_FILE_INVALID: /),
    });
  });

  it('deletes files that a killed import left behind when it runs again', async () => {
    const left = async () => (await readdir(modelsDir)).filter((name) => name.startsWith('.'));
    const args = ['models', 'import', address('endless.onnx'), '--sha256', 'f'.repeat(64), ...tiny];
    const run = startCli(folder, args, { MODELS_DIR: modelsDir });
    const [workspace] = await waitUntil('the download', async () => {
      const folders = await left();
      const files = folders[0] && (await readdir(path.join(modelsDir, folders[0])));
      return files?.includes('endless.onnx') && folders;
    });
    await importing(path.join(folder, 'absent.onnx'), ...tiny);
    expect(await left()).toEqual([workspace]);
    run.process.kill('SIGKILL');
    await run.ended;
    await importing(path.join(folder, 'absent.onnx'), ...tiny);
    expect(await left()).toEqual([]);
  }, 60_000);
});
