import { readinessSchema } from '../client/readiness-schema.js';

/** A check that a service does not pass. */
export interface FailingCheck {
  readonly name: string;
  readonly reason: string;
  /** It will not pass by waiting: a GPU that was asked for is missing, for example. */
  readonly lasting: boolean;
}

export type Readiness =
  | { readonly state: 'ready' }
  | { readonly state: 'not-ready'; readonly failing: readonly FailingCheck[] }
  | { readonly state: 'no-answer'; readonly reason: string };

/** What a service says about itself at /health/ready. */
export async function askReadiness(url: string): Promise<Readiness> {
  try {
    const response = await fetch(`${url}/health/ready`, { signal: AbortSignal.timeout(5_000) });
    if (response.ok) return { state: 'ready' };
    const text = await response.text();
    const answer = readinessSchema.safeParse(parseJson(text));
    if (!answer.success) return { state: 'no-answer', reason: text.slice(0, 500) };
    const failing = answer.data.checks.filter(({ ok }) => !ok);
    return {
      state: 'not-ready',
      failing: failing.map(({ name, reason = '', lasting = false }) => ({ name, reason, lasting })),
    };
  } catch (error) {
    return { state: 'no-answer', reason: (error as Error).message };
  }
}

export function describeReadiness(readiness: Readiness): string {
  if (readiness.state === 'no-answer') return readiness.reason;
  if (readiness.state === 'ready') return 'ready';
  return readiness.failing.map(({ name, reason }) => `${name}: ${reason}`).join('; ');
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
