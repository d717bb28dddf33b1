import { requiredScore, type MatchPolicy } from '../match-policy.js';
import { requestError } from '../request-error.js';
import { type Threshold } from './threshold.js';

/**
 * What `requiredScore` says, for an answer that makes no sense without.
 * @throws PipelineError PACK_UNCALIBRATED (409)
 */
export function requireThreshold(
  policy: Pick<MatchPolicy, 'metric' | 'source'>,
  rate: number,
  comparisons: number,
): Threshold {
  const { source } = policy;
  if (source.kind === 'none') throw requestError(409, 'PACK_UNCALIBRATED', source.problem);
  return requiredScore(policy, rate, comparisons)!;
}
