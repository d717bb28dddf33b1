import { ConsoleLogger } from '@nestjs/common';
import { logFields } from './log-context.js';
import { redact } from './redact.js';

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
