import { ConsoleLogger } from '@nestjs/common';
import { AsyncLocalStorage } from 'node:async_hooks';
import { redact } from '../../contracts/redact.js';

/** Fields of every log line during a job or a request: ids, never a secret or an object key. */
export type LogFields = Readonly<Record<string, string>>;

const fields = new AsyncLocalStorage<LogFields>();

/** Runs `work`, and everything it starts, with these fields in its log lines. */
export function withLogFields<Result>(more: LogFields, work: () => Result): Result {
  return fields.run({ ...fields.getStore(), ...more }, work);
}

/** Runs background work with only these fields: it outlives the request or job that started it. */
export function withOnlyLogFields<Result>(only: LogFields, work: () => Result): Result {
  return fields.run(only, work);
}

export function logFields(): LogFields {
  return fields.getStore() ?? {};
}

/** Nest's logger without secrets in any line; JSON lines also have the fields of the active job or request. */
export class RedactingLogger extends ConsoleLogger {
  protected override formatMessage(
    ...parts: Parameters<ConsoleLogger['formatMessage']>
  ): ReturnType<ConsoleLogger['formatMessage']> {
    return redact(super.formatMessage(...parts));
  }

  protected override stringifyJsonLogObject(logObject: Record<string, unknown>): string {
    return redact(super.stringifyJsonLogObject({ ...logObject, ...logFields() }));
  }

  protected override printStackTrace(stack: string): void {
    super.printStackTrace(stack && redact(stack));
  }
}
