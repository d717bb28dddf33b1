import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type ImportView } from '#shared/contracts/http/imports.http.js';
import { imageId } from '#shared/contracts/image-ref.js';
import { fairShare, sharing } from '../../bench/scaling/linear-report.js';
import { notOnce } from '../../bench/scaling/once.js';
import { ScalingBed } from '../support/scaling-bed.js';

/** Images for each embedder. A multiple of four, because images have 0 to 3 faces. */
const IMAGES_EACH = 300;
/** Limits an embedder to 40 images/s, about a twentieth of what it can process on one core. */
const BATCH_MS = 200;
const FACES_PER_IMAGE = 3;
const CONCURRENCY = 16;
const BATCH = 8;
/** Three times the expected difference between equally fast embedders, because the machine may be busy. */
const EMBEDDERS_APART = 3 * fairShare(CONCURRENCY, BATCH, IMAGES_EACH);
/** Matchers are never fully loaded, so their shares differ more. */
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
        settings: { EMBEDDER_CONCURRENCY: String(CONCURRENCY), BATCH_SIZE: String(BATCH) },
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
