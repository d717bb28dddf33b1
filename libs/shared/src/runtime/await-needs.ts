import { Logger } from '@nestjs/common';
import { createServer, type Server } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { type ReadinessCheck } from '../health/readiness.js';
import { live, runChecks } from '../health/run-checks.js';

/** What a service stands on while it is set up. */
export interface Needs {
  readonly checks: readonly ReadinessCheck[];
  /** Closes what the checks have opened. */
  close(): Promise<void>;
}

interface Address {
  readonly HOST: string;
  readonly PORT: number;
}

type Readiness = Awaited<ReturnType<typeof runChecks>>;

const EVERY_MS = 1_000;

/**
 * Resolves once everything answers. Until then the service's address answers for it: it is alive, not
 * ready and why, and 503 to anything else.
 */
export async function awaitNeeds(needs: Needs, address: Address): Promise<void> {
  const logger = new Logger('start');
  let readiness = await runChecks(needs.checks);
  const server = readiness.status === 'ready' ? null : await listen(address, () => readiness);
  let told = '';
  while (readiness.status !== 'ready') {
    const missing = readiness.checks.filter(({ ok }) => !ok);
    const text = missing.map((check) => `${check.name} (${reasonOf(check)})`).join(', ');
    if (text !== told) logger.warn(`waits for ${text}`);
    told = text;
    await sleep(EVERY_MS);
    readiness = await runChecks(needs.checks);
  }
  await needs.close();
  if (server) await close(server);
}

function reasonOf(check: object): string {
  return 'reason' in check ? String(check.reason) : 'no answer';
}

async function listen(address: Address, readiness: () => Readiness): Promise<Server> {
  const server = createServer((request, response) => {
    const path = request.url?.split('?')[0];
    const [status, body] =
      path === '/health/live'
        ? [200, live()]
        : [503, path === '/health/ready' ? readiness() : STARTING];
    response.writeHead(status, { 'content-type': 'application/json', 'retry-after': '2' });
    response.end(JSON.stringify(body));
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(address.PORT, address.HOST, resolve);
  });
  return server;
}

const STARTING = {
  error: {
    code: 'STARTING',
    message: 'what this service stands on does not answer yet; /health/ready says what',
    details: {},
  },
};

async function close(server: Server): Promise<void> {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
}
