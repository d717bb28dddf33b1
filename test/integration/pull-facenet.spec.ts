import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { type AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { inceptionResnetV1 } from '#models/facenet/inception-resnet-v1.js';
import { readEmbeddingPack } from '#models/packs/read-pack.js';
import { facenetPacks, type FacenetPack } from '#models/published/facenet-packs.js';
import { pullFacenet } from '#models/published/pull-facenet.js';
import { generatedWeights } from '../support/keras-weights.js';
import { photos } from '../support/photos.js';
import { startCli } from '../support/run-cli.js';
import { writeKerasFile } from '../support/write-keras-file.js';

/** Folder of real weights: facenet512_weights.h5. */
const REAL = process.env.SIGHTLINE_TEST_FACENET;
const WRONG = 'f'.repeat(64);

const CALIBRATIONS = facenetPacks.find(({ name }) => name === 'facenet512')!.calibrations;

describe('pulling FaceNet', () => {
  let folder: string;
  let modelsDir: string;
  let photographs: string;
  let server: Server;
  let sha256: string;
  let reports: string[];

  beforeAll(async () => {
    folder = await mkdtemp(path.join(os.tmpdir(), 'sightline-pull-'));
    photographs = path.dirname((await photos()).faceApi);
    const network = inceptionResnetV1(512);
    const weights = path.join(folder, 'generated.h5');
    await writeKerasFile(weights, network, generatedWeights(network));
    sha256 = createHash('sha256')
      .update(await readFile(weights))
      .digest('hex');
    server = createServer((request, response) => {
      const file = path.join(request.url === '/real.h5' ? REAL! : folder, served(request.url));
      stat(file).then(
        ({ size }) => {
          response.setHeader('content-length', size);
          createReadStream(file).pipe(response);
        },
        () => response.writeHead(404).end(),
      );
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  }, 120_000);

  const served = (url = '') => (url === '/real.h5' ? 'facenet512_weights.h5' : path.basename(url));

  beforeEach(async () => {
    modelsDir = await mkdtemp(path.join(folder, 'models-'));
    reports = [];
  });
  afterEach(async () => {
    // No unfinished files remain after any test.
    expect((await readdir(modelsDir)).filter((name) => name.startsWith('.'))).toEqual([]);
  });
  afterAll(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    await rm(folder, { recursive: true });
  });

  const address = (name: string) =>
    `http://127.0.0.1:${(server.address() as AddressInfo).port}/${name}`;

  function pull(
    sources: readonly [string, string | null][],
    rest: Partial<FacenetPack> = {},
    force = false,
  ) {
    const [first, ...others] = sources.map(([name, sha]) => ({
      url: address(name),
      sha256: sha,
      maxBytes: 256 * 1024 ** 2,
    }));
    const pack: FacenetPack = {
      name: 'facenet512',
      dimension: 512,
      description: '',
      licence: '',
      sources: [first!, ...others],
      calibrations: CALIBRATIONS,
      ...rest,
    };
    return pullFacenet(pack, modelsDir, {
      force,
      photographs,
      report: (message) => reports.push(message),
    });
  }

  it('reports what to do when no address can be reached', async () => {
    await expect(
      pull([
        ['absent.h5', WRONG],
        ['gone.h5', null],
      ]),
    ).rejects.toMatchObject({
      code: 'MODEL_SOURCE_UNREACHABLE',
      retryable: true,
      message: expect.stringMatching(
        /absent\.h5: the server answered 404[^]*gone\.h5[^]*can reach one of these addresses[^]*models import FILE\.h5 --name facenet512/,
      ),
    });
    expect(await readdir(modelsDir)).toEqual([]);
  });

  it('installs weights with the published sha256 from the first address that has them', async () => {
    const sources: [string, string | null][] = [
      ['absent.h5', sha256],
      ['generated.h5', sha256],
    ];
    expect(await pull(sources)).toBe('installed');
    const { manifest } = await readEmbeddingPack(modelsDir, 'facenet512');
    expect(manifest).toMatchObject({ space: 'facenet512@1+facenet-160', dimension: 512 });
    expect(manifest.calibrations).toEqual(CALIBRATIONS);
    expect(manifest.source).toContain(`${address('generated.h5')}, sha256 ${sha256}`);
    expect(reports.join('\n')).toMatch(/absent\.h5[^]*404[^]*fetching .*generated\.h5/);
    const before = await stat(path.join(modelsDir, 'facenet512'));
    expect(await pull([['absent.h5', null]])).toBe('already-there');
    await expect(pull([['absent.h5', null]], {}, true)).rejects.toThrow('404');
    expect((await stat(path.join(modelsDir, 'facenet512'))).ino).toBe(before.ino);
  }, 120_000);

  it('refuses weights with another sha256 than the published one', async () => {
    await expect(pull([['generated.h5', WRONG]])).rejects.toMatchObject({
      code: 'MODEL_SOURCE_MISMATCH',
      message: expect.stringMatching(
        /generated\.h5: its sha256 is [0-9a-f]{64}, but f{64} is published/,
      ),
    });
    expect(await readdir(modelsDir)).toEqual([]);
  });

  it('refuses weights of another dimension', async () => {
    const small: Partial<FacenetPack> = { name: 'facenet128', dimension: 128 };
    await expect(pull([['generated.h5', sha256]], small)).rejects.toMatchObject({
      code: 'MODEL_SOURCE_MISMATCH',
      message: expect.stringContaining('it gives 512 numbers per face, but facenet128 has 128'),
    });
    expect(await readdir(modelsDir)).toEqual([]);
  }, 120_000);

  it('refuses weights without a published sha256 that do not tell people apart', async () => {
    await expect(pull([['generated.h5', null]])).rejects.toMatchObject({
      code: 'MODEL_FACES_CONFUSED',
    });
    expect(await readdir(modelsDir)).toEqual([]);
  }, 120_000);

  (REAL === undefined ? it.skip : it)(
    'installs weights without a published sha256 that tell people apart',
    async () => {
      expect(await pull([['real.h5', null]])).toBe('installed');
    },
    120_000,
  );

  it.each(facenetPacks)(
    'reports the addresses of $name when they cannot be reached',
    async (pack) => {
      // Disables the network, so that the addresses cannot be reached from any machine.
      const cutOff = encodeURIComponent(
        `globalThis.fetch = () => Promise.reject(new Error('no net'));`,
      );
      const run = startCli(folder, ['models', 'pull', pack.name], {
        MODELS_DIR: modelsDir,
        NODE_OPTIONS: `--import=data:text/javascript,${cutOff}`,
      });
      expect(await run.ended).toBe(1);
      expect(run.output()).toContain(`MODEL_SOURCE_UNREACHABLE: the weights of ${pack.name}`);
      for (const { url } of pack.sources) expect(run.output()).toContain(`  ${url}: no net`);
      expect(run.output()).toContain(`models import FILE.h5 --name ${pack.name}`);
    },
  );
});
