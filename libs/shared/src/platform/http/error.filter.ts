import {
  Catch,
  HttpException,
  Logger,
  type ArgumentsHost,
  type ExceptionFilter,
} from '@nestjs/common';
import { type Response } from 'express';
import { ZodSerializationException } from 'nestjs-zod';
import { PipelineError, toPipelineError, redisTrouble } from '../../contracts/pipeline-error.js';
import { redact } from '../../contracts/redact.js';

/** Detail of an error that goes out as the header Retry-After, seconds. */
export const RETRY_AFTER = 'retryAfterSeconds';

/** For a caller that sends more than can be processed now: 503 BACKPRESSURE with Retry-After. */
export function backpressure(problem: string, retryAfterSeconds: number): PipelineError {
  return new PipelineError('BACKPRESSURE', `${problem}; try again in ${retryAfterSeconds} s`, {
    stage: 'ingest',
    class: 'retry',
    httpStatus: 503,
    details: { [RETRY_AFTER]: retryAfterSeconds },
  });
}

const logger = new Logger('http');

/** Every error leaves as `{ error: { code, message, details } }` with a stable code. */
@Catch()
export class ErrorFilter implements ExceptionFilter {
  catch(error: unknown, host: ArgumentsHost): void {
    answerWithError(host.switchToHttp().getResponse<Response>(), error);
  }
}

/** Does nothing after an answer, such as that of a deadline; ends an answer that has begun. */
export function answerWithError(response: Response, error: unknown): void {
  if (response.writableEnded) return;
  if (response.headersSent) {
    response.destroy();
    return;
  }
  const { status, code, message, details } = describe(error);
  if (RETRY_AFTER in details) response.setHeader('retry-after', String(details[RETRY_AFTER]));
  response.status(status).json({ error: { code, message, details } });
}

function describe(thrown: unknown) {
  const error = redisTrouble(thrown) ? toPipelineError(thrown, 'query') : thrown;
  if (error instanceof PipelineError) {
    const { httpStatus: status, code, message, details } = error;
    // Not logged when the caller is asked to retry: that is normal under load, and frequent.
    if (status >= 500 && !(RETRY_AFTER in details)) {
      logger.error(`${code}: ${message}`, error.stack);
    }
    return { status, code, message, details };
  }
  if (error instanceof HttpException && !(error instanceof ZodSerializationException)) {
    const status = error.getStatus();
    return { status, code: `HTTP_${status}`, message: redact(error.message), details: {} };
  }
  // Also a response that breaks its contract; only the log says which field is wrong.
  logger.error(error instanceof ZodSerializationException ? error.getZodError() : error);
  return { status: 500, code: 'INTERNAL', message: 'unexpected error; see the log', details: {} };
}
