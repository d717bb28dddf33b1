import { type z } from 'zod';
import { PipelineError } from '../../contracts/pipeline-error.js';
import { hideSecrets } from '../../contracts/redact.js';
import { secretValues } from './secret-values.js';

/** An environment variable that is unset or empty is absent. */
type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Parses settings once, reports every problem at once and freezes the result. From then on the secrets
 * among them are hidden in what leaves the process.
 * The only place that reads process.env.
 * @throws PipelineError CONFIG_INVALID naming each variable and what it must hold
 */
export function loadConfig<Schema extends z.ZodType>(
  schema: Schema,
  environment: Environment = process.env,
): Readonly<z.output<Schema>> {
  hideSecrets(secretValues(environment));
  const present = Object.fromEntries(
    Object.entries(environment).filter(([, value]) => value !== undefined && value !== ''),
  );
  const parsed = schema.safeParse(present);
  if (parsed.success) return Object.freeze(parsed.data);
  const problems = parsed.error.issues.map(
    (issue) => `${issue.path.join('.') || 'settings'}: ${issue.message}`,
  );
  throw new PipelineError('CONFIG_INVALID', `settings are wrong:\n  ${problems.join('\n  ')}`, {
    stage: 'config',
    class: 'quarantine',
    details: { problems },
  });
}

/**
 * Sets what a native library reads from the environment itself, unless the user has. Works in the main
 * thread alone: that of a worker is a copy, which no library sees.
 */
export function setNativeDefault(name: string, value: string): void {
  process.env[name] ??= value;
}
