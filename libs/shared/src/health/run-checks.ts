import { PipelineError } from '../contracts/pipeline-error.js';
import { redact } from '../logging/redact.js';
import { type ReadinessCheck } from './readiness.js';

const CHECK_TIMEOUT_MS = 2_000;

/** The answer of a process whose event loop turns. */
export function live() {
  return { status: 'live', uptimeSeconds: Math.round(process.uptime()) };
}

/** All checks at once, each within two seconds. */
export async function runChecks(checks: readonly ReadinessCheck[]) {
  const results = await Promise.all(checks.map((check) => runCheck(check)));
  const ready = results.every((result) => result.ok);
  return { status: ready ? 'ready' : 'not ready', checks: results };
}

async function runCheck(check: ReadinessCheck) {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error('no answer')), CHECK_TIMEOUT_MS);
  });
  try {
    const facts = await Promise.race([check.check(), timeout]);
    return { name: check.name, ok: true, ...facts };
  } catch (error) {
    return {
      name: check.name,
      ok: false,
      // lasting: no use in waiting for it to pass.
      ...(error instanceof PipelineError && { code: error.code, lasting: !error.retryable }),
      reason: redact(error instanceof Error ? error.message : String(error)),
    };
  } finally {
    clearTimeout(timer);
  }
}
