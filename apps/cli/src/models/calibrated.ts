import { type EmbeddingManifest } from '#shared/models/manifest.js';

/** Whether a pack has thresholds for the faces that a detection pack finds. */
export function isCalibrated(
  { calibrations, alignment, normalisation }: EmbeddingManifest,
  detector: string,
): boolean {
  const cohort = normalisation?.cohort.sha256 ?? null;
  return calibrations.some(
    (calibration) =>
      calibration.detector === detector &&
      calibration.alignment === alignment.template &&
      calibration.cohort === cohort,
  );
}
