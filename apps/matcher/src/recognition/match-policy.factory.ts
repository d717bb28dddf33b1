import { Logger } from '@nestjs/common';
import { metricOf } from '#shared/models/fitting-calibration.js';
import { type Metric } from '#shared/models/manifest.js';
import { type MatchPolicy } from '../match-policy.js';
import { type MatcherConfig } from '../matcher.config.js';
import { type ModelSpace } from '../model-space.js';
import { thresholdSource } from './threshold-source.js';

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
