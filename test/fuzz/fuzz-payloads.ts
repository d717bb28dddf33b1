import { inspect } from 'node:util';
import { ZodError } from 'zod';
import { PipelineError } from '#shared/contracts/pipeline-error.js';
import { garbage, mutateText, mutateValue } from './mutate-value.js';
import { payloadTargets, type PayloadTarget } from './payload-targets.js';
import { SeededRandom } from './seeded-random.js';

/** A parser that needs more CPU time than this for one input hangs. Most inputs need a hundredth of it. */
const HANGS_MS = 1_000;

export interface PayloadFindings {
  /** Number of inputs by result. */
  readonly ends: Readonly<Record<'accepted' | 'refused', number>>;
  /** Failures, with the input of each. */
  readonly failures: readonly string[];
  readonly slowestMs: number;
}

/** Gives mutated examples and garbage to every parser, `count` inputs in total. The same seed gives the same inputs. */
export async function fuzzPayloads({
  seed,
  count,
}: {
  seed: number;
  count: number;
}): Promise<PayloadFindings> {
  const random = new SeededRandom(seed);
  const ends = { accepted: 0, refused: 0 };
  const failures: string[] = [];
  let slowestMs = 0;
  for (let i = 0; i < count; i++) {
    const target = payloadTargets[i % payloadTargets.length]!;
    const { input, run } = makeInput(random, target);
    const begin = process.cpuUsage();
    const end = await outcomeOf(run);
    const { user, system } = process.cpuUsage(begin);
    const ms = (user + system) / 1_000;
    slowestMs = Math.max(slowestMs, ms);
    const problem = end instanceof Error ? (end.stack ?? String(end)) : sideEffects(ms);
    if (problem) failures.push(`${target.name}, input ${i}: ${problem}\n  ${show(input)}`);
    if (!(end instanceof Error)) ends[end]++;
  }
  return { ends, failures, slowestMs };
}

function makeInput(
  random: SeededRandom,
  target: PayloadTarget,
): { input: unknown; run: () => unknown } {
  if ('text' in target) {
    const text = random.below(10) === 0 ? show(garbage(random)) : mutateText(random, target.text);
    return { input: text, run: () => target.parse(text) };
  }
  const value = random.below(10) === 0 ? garbage(random) : mutateValue(random, target.example);
  return { input: value, run: () => target.parse(value) };
}

async function outcomeOf(run: () => unknown): Promise<'accepted' | 'refused' | Error> {
  try {
    await run();
    return 'accepted';
  } catch (error) {
    const classified =
      (error instanceof PipelineError && /^[A-Z][A-Z0-9_]+$/.test(error.code)) ||
      (error instanceof ZodError && error.issues.length > 0);
    if (classified) return 'refused';
    return error instanceof Error ? error : new Error(String(error));
  }
}

function sideEffects(ms: number): string | null {
  if (ms > HANGS_MS) return `took ${ms.toFixed(0)} ms`;
  if (Object.keys(Object.prototype).length === 0 && !('polluted' in {})) return null;
  delete (Object.prototype as Record<string, unknown>).polluted;
  return 'changed the prototype of all objects';
}

function show(input: unknown): string {
  try {
    return (typeof input === 'string' ? input : inspect(input, { depth: 10 })).slice(0, 2_000);
  } catch (error) {
    return String(error);
  }
}
