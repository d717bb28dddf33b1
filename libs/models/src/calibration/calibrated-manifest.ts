/** The manifest of a pack with new thresholds, and writing it together with its cohort. */
import { createHash } from 'node:crypto';
import { readdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { writeFileWhole } from '#shared/platform/storage/folder-files.js';
import { type Calibration, type EmbeddingManifest, encodeManifest } from '../packs/manifest.js';
import { MANIFEST_FILE } from '../packs/read-pack.js';
import { type NormalisationChoice } from './choose-normalisation.js';
import { type Calibrated } from './make-calibration.js';

/** What thresholds were measured with. */
interface CalibrationSource {
  /** Name of the detection pack. */
  readonly detector: string;
  /** Descriptions of the photographs and of the cohort. */
  readonly data: string;
  readonly cohortData: string;
  readonly images: number;
  readonly people: number;
}

interface CalibratedManifest {
  readonly manifest: EmbeddingManifest;
  /** Bytes of the cohort file; null when scores are not normalised. */
  readonly cohort: Buffer | null;
}

/** Cohort files are named by their content, so that a new one never overwrites one in use. */
const COHORT_FILE = /^cohort-[0-9a-f]{16}\.f32$/;

/**
 * Replaces the calibrations of the same detector, alignment and metric. Others are kept, except normalised
 * ones, whose thresholds were only valid for the old normalisation.
 */
export function calibratedManifest(
  manifest: EmbeddingManifest,
  source: CalibrationSource,
  cosine: Calibrated,
  choice: NormalisationChoice,
): CalibratedManifest {
  const { detector, data, images, people } = source;
  const about = { detector, alignment: manifest.alignment.template, data };
  const raw: Calibration = {
    ...about,
    metric: 'cosine',
    cohort: null,
    images,
    people,
    ...cosine.measured,
    groups: [...cosine.groups],
  };
  const kept = manifest.calibrations.filter(
    (old) =>
      old.metric === 'cosine' &&
      !(old.detector === raw.detector && old.alignment === raw.alignment),
  );
  if (!choice.on) {
    return {
      manifest: { ...manifest, normalisation: null, calibrations: [...kept, raw] },
      cohort: null,
    };
  }
  const { normalisation, calibrated } = choice;
  const cohort = encodeCohort(normalisation.cohort);
  const sha256 = createHash('sha256').update(cohort).digest('hex');
  const normalised: Calibration = {
    ...about,
    metric: 'as-norm',
    cohort: sha256,
    images: choice.images,
    people: choice.people,
    ...calibrated.measured,
    groups: [...calibrated.groups],
  };
  const cohortEntry = {
    file: cohortFileName(sha256),
    sha256,
    size: normalisation.cohort.length,
    data: source.cohortData,
  };
  return {
    manifest: {
      ...manifest,
      normalisation: { method: 'as-norm', ...normalisation.settings, cohort: cohortEntry },
      calibrations: [...kept, raw, normalised],
    },
    cohort,
  };
}

/**
 * Writes the cohort first, then the manifest that refers to it, so that the pack is always consistent:
 * the old one or the new one.
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

function cohortFileName(sha256: string): string {
  return `cohort-${sha256.slice(0, 16)}.f32`;
}

/** float32 little-endian, one embedding after the other. */
function encodeCohort(cohort: readonly Float32Array[]): Buffer {
  const dimension = cohort[0]!.length;
  const bytes = Buffer.alloc(cohort.length * dimension * 4);
  for (const [member, embedding] of cohort.entries()) {
    for (const [i, value] of embedding.entries()) {
      bytes.writeFloatLE(value, (member * dimension + i) * 4);
    }
  }
  return bytes;
}
