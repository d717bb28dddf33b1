import { Logger } from '@nestjs/common';
import { metricOf } from '#models/packs/manifest.js';
import { type Metric } from '#shared/contracts/embedding.js';
import { type UnknownReason } from '#shared/contracts/match-event.contract.js';
import { type MatcherConfig } from '../matcher.config.js';
import { type ModelSpace } from '../tokens.js';
import { type ScoreThresholds, type Threshold, thresholdSource } from './threshold.js';

export interface MatchPolicy extends ScoreThresholds {
  /** How often a face of somebody who is not enrolled may be given some name. */
  readonly falseAcceptRate: number;
  /** Lead over the best other person that naming needs. */
  readonly margin: number;
}

/** A person as the gallery sees one face. */
export interface RankedPerson {
  readonly personId: string;
  /** Of the person's best template. */
  readonly score: number;
}

export interface Decision {
  readonly person: RankedPerson | null;
  /** Best other person, whether or not it passed. */
  readonly runnerUp: RankedPerson | null;
  readonly reason: UnknownReason | null;
}

/**
 * Names the best person when its score suffices and no other person comes near, else says why not.
 * @param people best first
 */
export function decide(
  people: readonly RankedPerson[],
  threshold: Threshold | null,
  margin: number,
): Decision {
  const [best, second] = people;
  const unknown = (reason: UnknownReason) => ({ person: null, runnerUp: best ?? null, reason });
  if (!threshold) return unknown('uncalibrated');
  if (!best) return unknown('empty-gallery');
  if (best.score < threshold.score) return unknown('below-threshold');
  if (second && best.score - second.score < margin) return unknown('ambiguous');
  return { person: best, runnerUp: second ?? null, reason: null };
}

/** Cosine similarity, and standard deviations (docs/decisions/003). */
const MARGINS: Readonly<Record<Metric, number>> = { cosine: 0.05, 'as-norm': 0.75 };

/** @throws PipelineError MATCH_GROUP_UNKNOWN */
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
    margin: config.MATCH_MARGIN ?? MARGINS[metric],
  };
  const logger = new Logger('policy');
  if (source.kind === 'none') logger.warn(`nobody is named: ${source.problem}`);
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
