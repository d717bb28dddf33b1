import { describeError } from '../cli-error.js';
import { type MatcherApi } from '../client/matcher-api.js';
import { type ExpiringKind } from '../client/retention-schema.js';

export interface Expired {
  readonly kind: ExpiringKind;
  readonly count: number;
  /** Why something stayed that should have gone, each once. */
  readonly problems: readonly string[];
}

/** Asks until nothing is left. What fails is told, and keeps other kinds from nothing. */
export async function expireAll(
  matcher: MatcherApi,
  kind: ExpiringKind,
  request: Readonly<Record<string, unknown>>,
): Promise<Expired> {
  const problems = new Set<string>();
  let count = 0;
  let cursor: string | null | undefined;
  try {
    while (cursor !== null) {
      const step = await matcher.expire(kind, { ...request, ...(cursor && { cursor }) });
      count += step.count;
      if (step.problem) problems.add(`${step.problem.code}: ${step.problem.message}`);
      ({ cursor } = step);
    }
  } catch (error) {
    problems.add(describeError(error));
  }
  return { kind, count, problems: [...problems] };
}
