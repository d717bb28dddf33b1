import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type ImportView } from '#shared/contracts/http/imports.http.js';
import { imageId } from '#shared/contracts/image-ref.js';
import { fairShare, sharing } from '../../bench/scaling/linear-report.js';
import { notOnce } from '../../bench/scaling/once.js';
import { ScalingBed } from '../support/scaling-bed.js';

/** Of each embedder; a whole number of times the faces that images have. */
const IMAGES_EACH = 300;
/** 40 images/s an embedder: some twentieth of what one can do on a core. */
const BATCH_MS = 200;
const FACES_PER_IMAGE = 3;
const IN_HAND = 16;
const BATCH = 8;
/** Three times what embedders of one speed are apart: the machine may be busy with other things too. */
const EMBEDDERS_APART = 3 * fairShare(IN_HAND, BATCH, IMAGES_EACH);
/** Matchers are never short of time: who takes a job is who asked first. */
const MATCHERS_APART = 0.5;

const NOTHING = { twice: [], never: [], unknown: [] };

describe.each([1, 2, 4])(
  '%i embedders and two matchers on one Redis and one Qdrant',
  (embedders) => {
    const images = embedders * IMAGES_EACH;
    let bed: ScalingBed;
    let names: string[];
    let view: ImportView;
    beforeAll(async () => {
      bed = await ScalingBed.start({
        embedders,
        matchers: 2,
        batchMs: BATCH_MS,
        settings: { EMBEDDER_CONCURRENCY: String(IN_HAND), BATCH_SIZE: String(BATCH) },
      });
      names = await bed.fill('all', images, (i) => i % (FACES_PER_IMAGE + 1));
      view = await bed.run('all');
    }, 120_000);
    afterAll(() => bed.stop(), 30_000);

    it('give every image one outcome', () => {
      const faces = (images / 4) * (1 + 2 + 3);
      expect(view).toMatchObject({ status: 'done', listed: images, faces });
      const { named, unknown, faceless, ...others } = view.counts;
      expect(named + unknown + faceless).toBe(images);
      expect(faceless).toBe(images / 4);
      expect(named).toBeGreaterThan(0);
      expect(unknown).toBeGreaterThan(0);
      expect(others).toEqual({ refused: 0, failed: 0, cancelled: 0 });
    });

    it('embed each image once, and share them evenly', async () => {
      const work = [...(await bed.work('embedded')).values()];
      expect(work).toHaveLength(embedders);
      expect(notOnce(work.flat(), names)).toEqual(NOTHING);
      expect(sharing(work.map((done) => done.length)).worst).toBeLessThan(EMBEDDERS_APART);
    });

    it('match each image once, and share them evenly', async () => {
      const work = [...(await bed.work('matched')).values()];
      const matched = work.flat();
      expect(new Set(matched).size).toBe(images);
      expect(matched).toHaveLength(images);
      expect(sharing(work.map((done) => done.length)).worst).toBeLessThan(MATCHERS_APART);
    });

    it('emit each event once, and keep each sighting once', async () => {
      const events = await bed.events();
      const eventIds = events.map(({ id }) => id);
      expect(eventIds).toHaveLength(view.faces);
      expect(new Set(eventIds).size).toBe(view.faces);
      const faces = events.map(({ subject }) => subject);
      expect(notOnce(await bed.sightings(), faces)).toEqual(NOTHING);
      const ofImage = ({ data }: (typeof events)[number]) =>
        imageId(data.tenant, data.image, data.space) === data.imageId;
      expect(events.every(ofImage)).toBe(true);
    });
  },
);
