import { type NextFunction, type Request, type Response } from 'express';
import { PipelineError } from '#shared/contracts/pipeline-error.js';
import { ADMIN_CHALLENGE, isAdmin } from '#shared/http/admin-access.js';

/**
 * The page runs its own scripts and talks to this server alone. Its styles are inline in part; the fonts that
 * it would fetch from elsewhere are not needed.
 */
const CONTENT_POLICY = [
  ...["default-src 'none'", "script-src 'self'", "style-src 'self' 'unsafe-inline'"],
  ...["img-src 'self' data:", "font-src 'self'", "connect-src 'self'"],
  ...["base-uri 'self'", "form-action 'none'", "frame-ancestors 'none'"],
].join('; ');

const HEADERS = {
  'content-security-policy': CONTENT_POLICY,
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cache-control': 'no-store',
};

/**
 * Lets the admin look. Nobody changes a queue from here: a job that is retried, added or removed past the
 * ledger of outcomes would break its sums; `sightline dlq` and the imports' own steering keep them.
 */
export function boardGate(adminKey: string) {
  return (request: Request, response: Response, next: NextFunction): void => {
    response.set(HEADERS);
    next(problemOf(request, response));
  };

  function problemOf(request: Request, response: Response): PipelineError | undefined {
    if (!isAdmin(request.headers.authorization, adminKey)) {
      response.set('www-authenticate', ADMIN_CHALLENGE);
      const how = 'log in as admin with ADMIN_KEY, or send Authorization: Bearer ADMIN_KEY';
      return refusal('UNAUTHORIZED', 401, how);
    }
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      response.set('allow', 'GET, HEAD');
      const how = 'the board only shows; use sightline dlq, or pause and cancel imports';
      return refusal('BOARD_READ_ONLY', 405, how);
    }
    return undefined;
  }
}

function refusal(code: string, httpStatus: number, message: string): PipelineError {
  return new PipelineError(code, message, { stage: 'query', class: 'quarantine', httpStatus });
}
