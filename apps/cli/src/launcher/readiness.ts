import { readinessSchema } from '#shared/contracts/http/health.http.js';
import { INSTANCE_HEADER } from '#shared/contracts/launcher-message.js';

const REQUEST_TIMEOUT_MS = 5_000;

export interface FailingCheck {
  readonly name: string;
  readonly code: string | undefined;
  readonly reason: string;
  /** Waiting does not fix it, for example because a requested GPU is missing. */
  readonly lasting: boolean;
}

export type ServiceReadiness =
  /** `problems`: what does not work although the service is ready. */
  | { readonly state: 'ready'; readonly problems: readonly string[] }
  | { readonly state: 'not-ready'; readonly failing: readonly FailingCheck[] }
  | { readonly state: 'no-answer'; readonly reason: string };

/** Asks a service for its readiness. The service of another installation on the same port refuses to answer. */
export async function readReadiness(url: string, instance: string): Promise<ServiceReadiness> {
  try {
    const response = await fetch(`${url}/health/ready`, {
      headers: { [INSTANCE_HEADER]: instance },
      signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS),
    });
    const text = await response.text();
    const answer = readinessSchema.safeParse(parseJson(text));
    const isAnswer = response.status === 200 || response.status === 503;
    if (!isAnswer || !answer.success) return { state: 'no-answer', reason: text.slice(0, 500) };
    const { status, checks } = answer.data;
    if (status === 'ready') {
      const problems = checks.flatMap(({ name, problem }) =>
        problem === undefined ? [] : [`${name}: ${problem}`],
      );
      return { state: 'ready', problems };
    }
    return {
      state: 'not-ready',
      failing: checks
        .filter(({ ok }) => !ok)
        .map(({ name, code, reason = 'no answer', lasting = false }) => {
          return { name, code, reason, lasting };
        }),
    };
  } catch (error) {
    return { state: 'no-answer', reason: (error as Error).message };
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

export function describeReadiness(readiness: ServiceReadiness): string {
  if (readiness.state === 'no-answer') return readiness.reason;
  if (readiness.state === 'ready') return readiness.problems.join('; ');
  return readiness.failing
    .map(({ name, code, reason }) => `${name}: ${code === undefined ? '' : `${code}: `}${reason}`)
    .join('; ');
}
