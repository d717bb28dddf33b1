import { type NextFunction, type Request, type Response } from 'express';
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
    if (!isAdmin(request.headers.authorization, adminKey)) {
      response.set('www-authenticate', ADMIN_CHALLENGE);
      refuse(
        response,
        401,
        'UNAUTHORIZED',
        'log in as admin with ADMIN_KEY, or send it as a Bearer',
      );
    } else if (!['GET', 'HEAD'].includes(request.method)) {
      response.set('allow', 'GET, HEAD');
      refuse(
        response,
        405,
        'BOARD_READ_ONLY',
        'the board only shows; use sightline dlq or imports',
      );
    } else next();
  };
}

function refuse(response: Response, status: number, code: string, message: string): void {
  response.status(status).json({ error: { code, message, details: {} } });
}
