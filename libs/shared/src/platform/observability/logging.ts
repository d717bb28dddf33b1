import { ConsoleLogger } from '@nestjs/common';
import { AsyncLocalStorage } from 'node:async_hooks';
import { redact } from '../../contracts/redact.js';

/** What each line is told with while a job or a request is in hand: ids, never a secret or a key. */
export type LogFields = Readonly<Record<string, string>>;

const fields = new AsyncLocalStorage<LogFields>();

/** Runs `work`, and whatever it starts, with these fields in its log lines. */
export function withLogFields<Result>(more: LogFields, work: () => Result): Result {
  return fields.run({ ...fields.getStore(), ...more }, work);
}

/** Runs `work` with these fields alone: it outlives what started it. */
export function withOnlyLogFields<Result>(only: LogFields, work: () => Result): Result {
  return fields.run(only, work);
}

export function logFields(): LogFields {
  return fields.getStore() ?? {};
}

/** Nest's logger with secrets hidden in each line, whatever it was made of; in JSON with the ids of what is in hand. */
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
