import { PipelineError } from '#shared/contracts/pipeline-error.js';
import { fittingCalibration } from '#shared/models/fitting-calibration.js';
import { type Calibration, type EmbeddingManifest } from '#shared/models/manifest.js';
import { type ThresholdSource } from '../match-policy.js';
import { type MeasuredThreshold } from './threshold.js';

/** What of a pack decides which thresholds hold. */
export type CalibratedPack = Pick<
  EmbeddingManifest,
  'name' | 'alignment' | 'normalisation' | 'calibrations'
>;

interface Wanted {
  /** Detection pack that finds the faces. */
  readonly detector: string;
  /** `all`, `strictest` or the name of a group. */
  readonly group: string;
  /** A score that stands in for a calibration. */
  readonly score: number | undefined;
}

/**
 * The pack's thresholds for this detector, alignment, metric and cohort, unless a score is set.
 * @throws PipelineError MATCH_GROUP_UNKNOWN when the calibration has no such group
 */
export function thresholdSource(pack: CalibratedPack, wanted: Wanted): ThresholdSource {
  if (wanted.score !== undefined) return { kind: 'set', score: wanted.score };
  const calibration = fittingCalibration(pack, wanted.detector);
  if (!calibration) return { kind: 'none', problem: uncalibrated(pack, wanted.detector) };
  return { kind: 'calibration', measured: measuredOf(calibration, pack.name, wanted.group) };
}

/**
 * Cosine similarity from which on two faces are taken for one person where a mistake costs little:
 * what the normalisation says, else the strictest threshold that was measured.
 */
export function samePersonSimilarity(pack: CalibratedPack, detector: string): number | undefined {
  if (pack.normalisation) return pack.normalisation.samePerson;
  const thresholds = fittingCalibration(pack, detector)?.points.map(({ threshold }) => threshold);
  return thresholds && Math.max(...thresholds);
}

function measuredOf(
  { points, groups }: Calibration,
  pack: string,
  wanted: string,
): (readonly MeasuredThreshold[])[] {
  if (wanted === 'all') return [points];
  const named = groups.filter(({ name }) => wanted === 'strictest' || name === wanted);
  if (named.length === 0) {
    const names = groups.map(({ name }) => name);
    const known =
      names.length === 0
        ? 'is not labelled with groups: calibrate it with photographs that are'
        : `has the groups ${names.join(', ')}: name one of them`;
    throw new PipelineError(
      'MATCH_GROUP_UNKNOWN',
      `MATCH_GROUP=${wanted}: the calibration of model pack ${pack} ${known}, or leave MATCH_GROUP out`,
      { stage: 'config', class: 'quarantine', details: { pack, wanted, groups: names } },
    );
  }
  const ofGroups = named.map((group) => group.points);
  return wanted === 'strictest' ? [points, ...ofGroups] : ofGroups;
}

function uncalibrated(pack: CalibratedPack, detector: string): string {
  const { name, alignment, normalisation } = pack;
  const metric = normalisation
    ? `as-norm with cohort ${normalisation.cohort.sha256.slice(0, 8)}`
    : 'cosine';
  return (
    `model pack ${name} has no thresholds for the faces that ${detector} finds, aligned as ` +
    `${alignment.template}, in ${metric}: measure them with ` +
    `npm run sightline -- models calibrate ${name} --images DIR, or set MATCH_THRESHOLD to a score`
  );
}
