import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { cp, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { seededRandom } from '#models/accuracy/people-bootstrap.js';
import { readCohort, readEmbeddingPack } from '#models/packs/read-pack.js';
import { VECTOR_STORE } from '../../apps/matcher/src/tokens.js';
import { type VectorStore } from '../../apps/matcher/src/vectors/vector-store.port.js';
import { layOutPeople } from '../support/labelled-people.js';
import { startCli } from '../support/run-cli.js';
import { makeMatcherFolders, startMatcher } from '../support/start-matcher.js';
import { startRedis } from '../support/start-redis.js';
import { makeSighting, randomUnitVector } from '../support/vector-records.js';

const PACK = 'fr-feature';
const INSTALLED = path.resolve(process.env.SIGHTLINE_TEST_MODELS ?? 'models');

describe('sightline models calibrate', () => {
  let folder: string;
  let modelsDir: string;
  let people: string;

  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'sightline-calibrate-'));
    modelsDir = path.join(folder, 'models');
    people = path.join(folder, 'people');
    for (const name of [PACK, 'rfb320-68']) {
      await cp(path.join(INSTALLED, name), path.join(modelsDir, name), { recursive: true });
    }
    await layOutPeople(people);
  }, 60_000);
  afterAll(() => rm(folder, { recursive: true, force: true }));

  const models = (...args: string[]) => modelsWith({}, ...args);
  async function modelsWith(env: Record<string, string>, ...args: string[]) {
    const run = startCli(folder, ['models', ...args], { MODELS_DIR: modelsDir, ...env });
    return { code: await run.ended, output: run.output() };
  }
  const pack = () => readEmbeddingPack(modelsDir, PACK);

  it('writes thresholds of cosine similarity and of normalised scores, and the cohort', async () => {
    const groups = path.join(folder, 'groups.csv');
    await writeFile(groups, 'person,group\nFranck,one\naudrey,one\n');
    const { code, output } = await models(
      'calibrate',
      PACK,
      '--images',
      people,
      '--data',
      'npm photographs',
      '--groups',
      groups,
      '--normalise',
      '--top',
      '5',
      '--cohort-size',
      '12',
    );
    expect(output).toContain('cohort of 12 strangers');
    expect(output).toContain('not measured: group one has too few pairs');
    expect(output).toContain('not measured: a rate of 0.1 % needs 10,000 pairs of strangers');
    expect(code).toBe(0);
    const { folder: place, manifest } = await pack();
    const [raw, normalised] = manifest.calibrations;
    expect(manifest.calibrations).toHaveLength(2);
    const about = { detector: 'rfb320-68', alignment: 'arcface-112', data: 'npm photographs' };
    expect(raw).toMatchObject({ ...about, metric: 'cosine', cohort: null, groups: [] });
    expect(normalised).toMatchObject({ ...about, metric: 'as-norm', groups: [] });
    expect(normalised!.cohort).toBe(manifest.normalisation!.cohort.sha256);
    expect(normalised!.people).toBe(raw!.people - 12);
    expect(raw!.genuinePairs).toBe(normalised!.genuinePairs);
    expect(raw!.impostorPairs).toBeGreaterThan(normalised!.impostorPairs);
    // With this network, two strangers rarely reach 0.25 and two photographs of one person mostly do: decision 001.
    expect(raw!.points[0]!.threshold).toBeGreaterThan(0.15);
    expect(raw!.points[0]!.threshold).toBeLessThan(0.5);
    expect(raw!.points[0]!.trueAcceptRate).toBeGreaterThan(0.9);
    expect(normalised!.points[0]!.trueAcceptRate).toBeGreaterThan(0.9);
    const cohort = await readCohort(place, manifest);
    expect(cohort).toHaveLength(12);
    for (const member of cohort) expect(Math.hypot(...member)).toBeCloseTo(1, 5);
  }, 120_000);

  it('leaves a pack that passes verification, and that models pull does not replace', async () => {
    const { manifest } = await pack();
    expect((await models('verify', PACK)).code).toBe(0);
    expect((await models('pull', PACK)).output).toContain('already installed');
    expect((await pack()).manifest).toEqual(manifest);
  }, 60_000);

  it('replaces a damaged cohort', async () => {
    const { folder: place, manifest } = await pack();
    await writeFile(path.join(place, manifest.normalisation!.cohort.file), 'damaged');
    const { code, output } = await models('verify', PACK);
    expect(output).toContain(`models calibrate ${PACK}`);
    expect(code).toBe(1);
    const again = ['--images', people, '--normalise', '--top', '5', '--cohort-size', '12'];
    expect((await models('calibrate', PACK, ...again)).code).toBe(0);
    expect((await models('verify', PACK)).code).toBe(0);
    expect((await pack()).manifest.normalisation!.cohort.sha256).toBe(
      manifest.normalisation!.cohort.sha256,
    );
  }, 120_000);

  it('builds the cohort from unknown faces of the archive with --cohort-from-archive', async () => {
    const server = await startRedis();
    const { env, remove } = await makeMatcherFolders(server.url);
    const matcher = await startMatcher({ ...env, MODELS_DIR: modelsDir, MODEL_PACK: PACK });
    try {
      const { dimension } = (await pack()).manifest;
      const random = seededRandom(5);
      const faces = Array.from({ length: 20 }, () => randomUnitVector(random, dimension));
      const fields = { tenant: 'default', quality: 0.9 };
      await matcher.app
        .get<VectorStore>(VECTOR_STORE)
        .upsertSightings(faces.map((vector, i) => makeSighting(`${i}`, vector, fields)));
      const { output } = await modelsWith(
        { SIGHTLINE_MATCHER_URL: matcher.url },
        'calibrate',
        PACK,
        '--images',
        people,
        '--cohort-from-archive',
        '--normalise',
        '--top',
        '5',
        '--cohort-size',
        '15',
      );
      expect(output).toContain('cohort of 15 strangers');
      const { folder: place, manifest } = await pack();
      expect(manifest.normalisation!.cohort.data).toBe('unknown faces of the archive');
      const seen = new Set(faces.map((face) => face.join()));
      for (const member of await readCohort(place, manifest)) {
        expect(seen.has(member.join())).toBe(true);
      }
    } finally {
      await matcher.close();
      await server.stop();
      await remove();
    }
  }, 120_000);

  it('replaces the calibration, and deletes the cohort with --no-normalise', async () => {
    const { code } = await models('calibrate', PACK, '--images', people, '--no-normalise');
    expect(code).toBe(0);
    const { folder: place, manifest } = await pack();
    expect(manifest.normalisation).toBeNull();
    expect(manifest.calibrations.map(({ metric, data }) => [metric, data])).toEqual([
      ['cosine', 'people'],
    ]);
    expect((await readdir(place)).sort()).toEqual(['LICENSE', 'embed.onnx', 'manifest.json']);
  }, 120_000);

  it('changes nothing when there are too few photographs', async () => {
    const before = await pack();
    const few = path.join(folder, 'few');
    await cp(path.join(people, 'Franck'), path.join(few, 'Franck'), { recursive: true });
    const { code, output } = await models('calibrate', PACK, '--images', few);
    expect(output).toMatch(
      /TOO_FEW_PAIRS: .* 91 pairs of the same person and 0 pairs of two people/,
    );
    expect(code).toBe(1);
    expect(await pack()).toEqual(before);
  }, 60_000);

  it.each([
    [['no-such-pack', '--images', '.'], 'MODEL_PACK_MISSING'],
    [['rfb320-68', '--images', '.'], 'MODEL_PACK_WRONG_TASK'],
    [[PACK, '--images', 'no-such-folder'], 'PEOPLE_NOT_FOUND'],
    [[PACK, '--images', '.', '--groups', 'package.json'], 'GROUPS_MALFORMED: package.json, line 1'],
  ])('reports an error for the arguments %j', async (args, message) => {
    const { code, output } = await models('calibrate', ...args);
    expect(output).toContain(message);
    expect(code).toBe(1);
  });
});
