import {
  Logger,
  type DynamicModule,
  type INestApplication,
  type LogLevel,
  type Provider,
} from '@nestjs/common';
import { createServer, type Server } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import { type NestExpressApplication } from '@nestjs/platform-express';
import { collectDefaultMetrics } from 'prom-client';
import { type ReadinessCheck, live, runChecks } from '../observability/health.js';
import { ErrorFilter } from '../http/error.filter.js';
import { MetricsGuard, TenantGuard } from '../http/access.js';
import {
  requestContext,
  measureRequests,
  limitRequests,
  RequestsInHand,
} from '../http/requests.js';
import { registry, tenantLabel } from '../observability/metrics.js';
import { openTracing } from '../observability/open-tracing.js';
import { tracer } from '../observability/tracing.js';
import { Shutdown, shutdownParticipants } from './shutdown.js';
import { redact } from '../../contracts/redact.js';
import { RedactingLogger } from '../observability/logging.js';

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
async function awaitNeeds(needs: Needs, address: Address): Promise<void> {
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
  if (server) await closeServer(server);
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

async function closeServer(server: Server): Promise<void> {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
}

interface ServiceSettings {
  readonly HOST: string;
  readonly PORT: number;
  readonly LOG_LEVEL: LogLevel;
  readonly LOG_FORMAT: 'json' | 'pretty';
  readonly SHUTDOWN_TIMEOUT_MS: number;
  readonly API_KEYS: ReadonlyMap<string, string>;
  readonly METRICS_KEY: string;
  readonly METRICS_TENANTS: number;
}

interface Service {
  readonly settings: ServiceSettings;
  readonly module: DynamicModule | Promise<DynamicModule>;
  /** What it cannot be set up without; until all of it answers, health checks say what is missing. */
  readonly needs?: Needs;
}

const LEVELS: LogLevel[] = ['fatal', 'error', 'warn', 'log', 'debug', 'verbose'];

/** Runs one service until it is asked to end, and then as Shutdown says. */
export async function runService(name: string, load: () => Service): Promise<void> {
  const shutdown = new Shutdown(name);
  try {
    const { settings, module, needs } = load();
    const logger = new RedactingLogger(name, {
      json: settings.LOG_FORMAT === 'json',
      logLevels: LEVELS.slice(0, LEVELS.indexOf(settings.LOG_LEVEL) + 1),
    });
    Logger.overrideLogger(logger);
    await openTracing(name);
    collectDefaultMetrics({ register: registry });
    tenantLabel.limit(settings.METRICS_TENANTS);
    if (needs) await awaitNeeds(needs, settings);
    const limitMs = settings.SHUTDOWN_TIMEOUT_MS;
    const requests = new RequestsInHand(limitMs / 2);
    const app = await NestFactory.create<NestExpressApplication>(
      withProvider(await module, { provide: RequestsInHand, useValue: requests }),
      { logger, forceCloseConnections: true, abortOnError: false, bodyParser: false },
    );
    app.disable('x-powered-by');
    app.use(requests.middleware, requestContext, measureRequests);
    limitRequests(app);
    app.useGlobalFilters(new ErrorFilter());
    app.useGlobalGuards(new MetricsGuard(settings.METRICS_KEY), new TenantGuard(settings.API_KEYS));
    shutdown.arm({ limitMs, close: () => close(app, requests) });
    await app.listen(settings.PORT, settings.HOST);
    new Logger(name).log(`listening on ${await app.getUrl()}`);
  } catch (error) {
    // What a shutdown has closed under it.
    if (shutdown.begun) return;
    const message = error instanceof Error ? error.message : String(error);
    process.stderr.write(`${name}: ${redact(message)}\n`);
    process.exit(1);
  }
}

function withProvider(module: DynamicModule, provider: Provider): DynamicModule {
  return { ...module, providers: [...(module.providers ?? []), provider] };
}

/** Nothing new from here on; then the modules' hooks, one layer after the other. */
async function close(app: INestApplication, requests: RequestsInHand): Promise<void> {
  requests.refuse();
  shutdownParticipants.stopTaking();
  await app.close();
  await tracer()?.stop();
}
