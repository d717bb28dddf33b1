import { ConsoleLogger } from '@nestjs/common';
import { redact } from './redact.js';

/** Nest's logger with secrets hidden in each line, whatever it was made of. */
export class RedactingLogger extends ConsoleLogger {
  protected override formatMessage(
    ...parts: Parameters<ConsoleLogger['formatMessage']>
  ): ReturnType<ConsoleLogger['formatMessage']> {
    return redact(super.formatMessage(...parts));
  }

  protected override stringifyJsonLogObject(logObject: Record<string, unknown>): string {
    return redact(super.stringifyJsonLogObject(logObject));
  }

  protected override printStackTrace(stack: string): void {
    super.printStackTrace(stack && redact(stack));
  }
}
