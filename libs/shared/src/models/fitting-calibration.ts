import { type Calibration, type EmbeddingManifest, type Metric } from './manifest.js';

/** What a pack's scores are in. */
export function metricOf({ normalisation }: Pick<EmbeddingManifest, 'normalisation'>): Metric {
  return normalisation ? 'as-norm' : 'cosine';
}

/** The thresholds that hold for the faces a detection pack finds, as the pack aligns and scores them. */
export function fittingCalibration(
  pack: Pick<EmbeddingManifest, 'alignment' | 'normalisation' | 'calibrations'>,
  detector: string,
): Calibration | undefined {
  const cohort = pack.normalisation?.cohort.sha256 ?? null;
  return pack.calibrations.find(
    (calibration) =>
      calibration.detector === detector &&
      calibration.alignment === pack.alignment.template &&
      calibration.metric === metricOf(pack) &&
      calibration.cohort === cohort,
  );
}
