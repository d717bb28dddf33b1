import {
  Catch,
  HttpException,
  Logger,
  type ArgumentsHost,
  type ExceptionFilter,
} from '@nestjs/common';
import { type Response } from 'express';
import { PipelineError } from '../contracts/pipeline-error.js';
import { redact } from '../logging/redact.js';

/** Every error leaves as `{ error: { code, message, details } }` with a stable code. */
@Catch()
export class ErrorFilter implements ExceptionFilter {
  private readonly logger = new Logger('http');

  catch(error: unknown, host: ArgumentsHost): void {
    const response = host.switchToHttp().getResponse<Response>();
    if (response.headersSent) {
      response.destroy();
      return;
    }
    const { status, code, message, details } = this.describe(error);
    response.status(status).json({ error: { code, message, details } });
  }

  private describe(error: unknown) {
    if (error instanceof PipelineError) {
      const { httpStatus: status, code, message, details } = error;
      if (status >= 500) this.logger.error(`${code}: ${message}`, error.stack);
      return { status, code, message, details };
    }
    if (error instanceof HttpException) {
      const status = error.getStatus();
      return { status, code: `HTTP_${status}`, message: redact(error.message), details: {} };
    }
    this.logger.error(error);
    return { status: 500, code: 'INTERNAL', message: 'unexpected error; see the log', details: {} };
  }
}
