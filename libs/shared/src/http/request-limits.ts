import { type NestExpressApplication } from '@nestjs/platform-express';

/** Longer than any request of ours; images come as multipart. Bytes. */
const MAX_JSON_BYTES = 64 * 1024;
/** A client that sends its headers more slowly than this is not one of ours. */
const HEADERS_TIMEOUT_MS = 15_000;
/** For a whole request, an upload among them. */
const REQUEST_TIMEOUT_MS = 120_000;

/** What a service takes of one request; made without Nest's own body parsers. */
export function limitRequests(app: NestExpressApplication): void {
  app.useBodyParser('json', { limit: MAX_JSON_BYTES });
  const server = app.getHttpServer();
  server.headersTimeout = HEADERS_TIMEOUT_MS;
  server.requestTimeout = REQUEST_TIMEOUT_MS;
}
