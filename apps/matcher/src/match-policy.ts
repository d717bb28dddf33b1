import { thresholdAt, type MeasuredThreshold } from './recognition/threshold.js';

export interface MatchPolicy {
  readonly measured: readonly MeasuredThreshold[];
  /** How often a stranger may pass for one given person. */
  readonly falseAcceptRate: number;
  /** Lead over the best other person that naming needs, in cosine similarity. */
  readonly margin: number;
}

/** A person as the gallery sees one face. */
export interface RankedPerson {
  readonly personId: string;
  /** Cosine similarity to the person's best template. */
  readonly score: number;
  /** How many templates the person has. */
  readonly templates: number;
}

export type UnknownReason = 'empty-gallery' | 'below-threshold' | 'ambiguous';

export interface Decision {
  readonly person: RankedPerson | null;
  /** Best other person, whether or not it passed. */
  readonly runnerUp: RankedPerson | null;
  readonly reason: UnknownReason | null;
  /** What the best person had to reach. */
  readonly threshold: number;
}

/**
 * Lowest score that names a person of so many templates. The best of N templates counts, so a
 * stranger has N tries; each is held to the Nth part of the rate, and all together stay within it
 * however the templates depend on each other (Bonferroni).
 */
export function requiredScore(
  policy: Pick<MatchPolicy, 'measured' | 'falseAcceptRate'>,
  templates: number,
): number {
  return thresholdAt(policy.measured, policy.falseAcceptRate / Math.max(1, templates));
}

/**
 * Names the best person when its score suffices and no other person comes near, else says why not.
 * @param people best first
 */
export function decide(people: readonly RankedPerson[], policy: MatchPolicy): Decision {
  const [best, second] = people;
  if (!best) {
    const threshold = requiredScore(policy, 1);
    return { person: null, runnerUp: null, reason: 'empty-gallery', threshold };
  }
  const threshold = requiredScore(policy, best.templates);
  const passes = (person: RankedPerson) => person.score >= requiredScore(policy, person.templates);
  if (!people.some(passes)) {
    return { person: null, runnerUp: best, reason: 'below-threshold', threshold };
  }
  // Someone less alike may pass where the best fails: many templates, a higher bar.
  if (!passes(best) || (second && best.score - second.score < policy.margin)) {
    return { person: null, runnerUp: best, reason: 'ambiguous', threshold };
  }
  return { person: best, runnerUp: second ?? null, reason: null, threshold };
}
