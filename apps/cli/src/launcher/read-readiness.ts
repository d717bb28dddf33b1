import { z } from 'zod';

export interface Readiness {
  readonly ready: boolean;
  /** What is wrong will not pass by waiting: a GPU that was asked for is missing, for example. */
  readonly lasting: boolean;
  /** Codes of what is wrong; '' for what has none. */
  readonly codes: readonly string[];
  /** What is wrong, in words. */
  readonly reason: string;
}

const PATIENCE_MS = 5_000;

const answerSchema = z.object({
  checks: z
    .array(
      z.object({
        ok: z.boolean(),
        code: z.string().default(''),
        reason: z.string().optional(),
        lasting: z.boolean().optional(),
      }),
    )
    .default([]),
});

/** What a service answers to GET /health/ready. */
export async function readReadiness(url: string): Promise<Readiness> {
  try {
    const signal = AbortSignal.timeout(PATIENCE_MS);
    const response = await fetch(`${url}/health/ready`, { signal });
    const failed = answerSchema.parse(await response.json()).checks.filter(({ ok }) => !ok);
    return {
      ready: response.ok,
      lasting: failed.some(({ lasting }) => lasting === true),
      codes: failed.map(({ code }) => code),
      reason: failed.map(({ reason }) => reason).join('; '),
    };
  } catch (error) {
    return { ready: false, lasting: false, codes: [], reason: (error as Error).message };
  }
}
