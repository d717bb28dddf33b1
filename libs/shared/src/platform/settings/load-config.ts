import { type z } from 'zod';
import { PipelineError } from '../../contracts/pipeline-error.js';
import { hideSecrets } from '../../contracts/redact.js';
import { secretValues } from './secret-values.js';

/** An environment variable that is unset or empty is absent. */
type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Parses the settings once, reports every problem at once and freezes the result. Registers the secrets
 * among them, so that logs and error messages hide them. Only this file reads process.env.
 * @throws PipelineError CONFIG_INVALID naming each variable and the value that it expects
 */
export function loadConfig<Schema extends z.ZodType>(
  schema: Schema,
  environment: Environment = process.env,
): Readonly<z.output<Schema>> {
  hideSecrets(secretValues(environment));
  const present = Object.fromEntries(
    Object.entries(environment).filter(([, value]) => value !== undefined && value !== ''),
  );
  const parsed = schema.safeParse(present, { error: plainMessage });
  if (parsed.success) return Object.freeze(parsed.data);
  const problems = parsed.error.issues.map(
    (issue) => `${issue.path.join('.') || 'settings'}: ${issue.message}`,
  );
  throw new PipelineError(
    'CONFIG_INVALID',
    `invalid settings (docs/settings.md describes them):\n  ${problems.join('\n  ')}`,
    { stage: 'config', class: 'quarantine', details: { problems } },
  );
}

/** @returns undefined for a problem whose standard message is clear */
function plainMessage(issue: z.core.$ZodRawIssue): string | undefined {
  switch (issue.code) {
    case 'invalid_type':
      if (issue.input === undefined) return 'is required';
      return issue.expected === 'int' ? 'expected a whole number' : `expected a ${issue.expected}`;
    case 'invalid_value':
      return `expected one of ${issue.values.join(', ')}`;
    case 'too_small':
      if (issue.origin !== 'number') return undefined;
      return `must be ${issue.inclusive ? 'at least' : 'greater than'} ${issue.minimum}`;
    case 'too_big':
      if (issue.origin !== 'number') return undefined;
      return `must be ${issue.inclusive ? 'at most' : 'less than'} ${issue.maximum}`;
    default:
      return undefined;
  }
}

/**
 * Sets a variable that a native library reads from the environment, unless the user has set it. Works in
 * the main thread only: a worker thread changes its own copy, which libraries do not see.
 */
export function setNativeDefault(name: string, value: string): void {
  process.env[name] ??= value;
}
