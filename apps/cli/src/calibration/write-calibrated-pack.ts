import { readdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { MANIFEST_FILE } from '#shared/models/read-pack.js';
import { writeFileWhole } from '#shared/storage/write-file-whole.js';
import { encodeManifest } from '../models/encode-manifest.js';
import { COHORT_FILE, type CalibratedManifest } from './calibrated-manifest.js';

/**
 * Writes what calibration changes in a pack: the cohort first, then the manifest that names it. Whenever
 * this ends, the pack is the old one or the new one, whole.
 */
export async function writeCalibratedPack(
  folder: string,
  { manifest, cohort }: CalibratedManifest,
): Promise<void> {
  const current = manifest.normalisation?.cohort.file;
  if (current !== undefined && cohort) {
    await writeFileWhole(path.join(folder, current), cohort, true);
  }
  await writeFileWhole(path.join(folder, MANIFEST_FILE), encodeManifest(manifest), true);
  for (const name of await readdir(folder)) {
    if (COHORT_FILE.test(name) && name !== current) await rm(path.join(folder, name));
  }
}
