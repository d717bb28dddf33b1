import { Logger } from '@nestjs/common';
import { metricOf } from '#models/packs/manifest.js';
import { type DetectedFace } from '#shared/contracts/detected-face.js';
import { decodeEmbedding, type Metric } from '#shared/contracts/embedding.js';
import { type UnknownReason } from '#shared/contracts/match-event.contract.js';
import { type MatcherConfig } from '../matcher.config.js';
import { type ModelSpace } from '../tokens.js';
import { type ScoreThresholds, type Threshold, thresholdSource } from './threshold.js';

/** A detected face that is compared with the gallery. */
export interface Probe extends Omit<DetectedFace, 'embedding'> {
  /** The decoded embedding: unit norm, in the matcher's model space. */
  readonly vector: Float32Array;
}

/** @throws PipelineError EMBEDDING_INVALID */
export function probeOf({ embedding, ...face }: DetectedFace, dimension: number): Probe {
  return { ...face, vector: decodeEmbedding(embedding, dimension) };
}

/** A person that the gallery search found for a face. */
export interface RankedPerson {
  readonly personId: string;
  /** Score of the person's best template. */
  readonly score: number;
}

/** Everything that a decision rule may use. */
export interface Evidence {
  /** Box in pixels of the upright image, quality, detection score, landmarks. */
  readonly face: Probe;
  /** Best first. */
  readonly people: readonly RankedPerson[];
  /** Null when the model pack has no thresholds. */
  readonly threshold: Threshold | null;
}

export interface MatchPolicy extends ScoreThresholds {
  /** Target false positive identification rate: how often a stranger's face may be named. */
  readonly falseAcceptRate: number;
  /** Smallest lead over the best other person at which a face is named. */
  readonly margin: number;
}

export interface Decision {
  /** Null when the face is not named. */
  readonly person: RankedPerson | null;
  /** Best person that was not named, whatever the score. */
  readonly runnerUp: RankedPerson | null;
  /** Why the face is not named; null when it is. */
  readonly reason: UnknownReason | null;
}

/**
 * Names the best person, unless one of the rules says no. The first rule that says no gives the
 * reason. A new rule is one more line here and its reason in the match event's contract.
 */
export function decide(
  { people, threshold }: Evidence,
  { margin }: Pick<MatchPolicy, 'margin'>,
): Decision {
  const [best, second] = people;
  const unknown = (reason: UnknownReason) => ({ person: null, runnerUp: best ?? null, reason });
  if (!threshold) return unknown('uncalibrated');
  if (!best) return unknown('empty-gallery');
  if (best.score < threshold.score) return unknown('below-threshold');
  if (second && best.score - second.score < margin) return unknown('ambiguous');
  return { person: best, runnerUp: second ?? null, reason: null };
}

/** Defaults of MATCH_MARGIN, in the unit of the metric (docs/decisions/003). */
const DEFAULT_MARGINS: Readonly<Record<Metric, number>> = { cosine: 0.05, 'as-norm': 0.75 };

/**
 * The policy that the settings and the model pack's calibration give.
 * @throws PipelineError MATCH_GROUP_UNKNOWN
 */
export function createMatchPolicy(config: MatcherConfig, model: ModelSpace): MatchPolicy {
  const metric = metricOf(model);
  const source = thresholdSource(model, {
    detector: config.DETECTION_PACK,
    group: config.MATCH_GROUP,
    score: config.MATCH_THRESHOLD,
  });
  const policy: MatchPolicy = {
    metric,
    source,
    falseAcceptRate: config.MATCH_FALSE_ACCEPT_RATE,
    margin: config.MATCH_MARGIN ?? DEFAULT_MARGINS[metric],
  };
  const logger = new Logger('policy');
  if (source.kind === 'none') logger.warn(`no face will be named: ${source.problem}`);
  else logger.log(`model pack ${model.name}: ${JSON.stringify(policyFacts(policy))}`);
  return policy;
}

/** The policy as logs and /health/ready show it. */
export function policyFacts({ metric, source, falseAcceptRate, margin }: MatchPolicy) {
  switch (source.kind) {
    case 'calibration':
      return { metric, thresholds: 'calibrated', falseAcceptRate, margin };
    case 'set':
      return { metric, thresholds: 'set', threshold: source.score, margin };
    case 'none':
      return { metric, thresholds: 'none', problem: source.problem };
  }
}
