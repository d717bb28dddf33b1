import { Logger, type DynamicModule, type INestApplication, type LogLevel } from '@nestjs/common';
import { createServer, type Server } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import { type NestExpressApplication } from '@nestjs/platform-express';
import { collectDefaultMetrics } from 'prom-client';
import { healthHttp, type Readiness } from '../../contracts/http/health.http.js';
import { SERVICE_APIS, type ServiceName } from '../../contracts/http/services.http.js';
import { serveDocs } from '../http/docs.js';
import { type OriginConfig, Origins } from '../http/origins.js';
import { Outages } from '../http/outages.js';
import { live, type ReadinessCheck, runChecks, withoutDetails } from '../observability/health.js';
import {
  ActiveRequests,
  limitRequests,
  measureRequests,
  requestContext,
} from '../http/requests.js';
import { registry, tenantLabel } from '../observability/metrics.js';
import { openTracing } from '../observability/open-tracing.js';
import { Shutdown, shutdownParticipants } from './shutdown.js';
import { redact } from '../../contracts/redact.js';
import { RedactingLogger } from '../observability/logging.js';

/** Dependencies that a service cannot be set up without. */
export interface Needs {
  readonly checks: readonly ReadinessCheck[];
  /** Closes the connections that the checks have opened. */
  close(): Promise<void>;
}

interface Address extends OriginConfig {
  readonly HOST: string;
  readonly PORT: number;
}

const EVERY_MS = 1_000;

/**
 * Resolves once everything answers. Until then a small server answers on the service's address: live, not
 * ready with the reason, and 503 to all other requests.
 */
async function awaitNeeds(needs: Needs, address: Address): Promise<void> {
  const logger = new Logger('start');
  let readiness = await runChecks(needs.checks);
  const server = readiness.status === 'ready' ? null : await listen(address, () => readiness);
  let reported = '';
  while (readiness.status !== 'ready') {
    const missing = readiness.checks.filter(({ ok }) => !ok);
    const text = missing.map(({ name, reason }) => `${name} (${reason ?? 'no answer'})`).join(', ');
    if (text !== reported) logger.warn(`waiting for ${text}`);
    reported = text;
    await sleep(EVERY_MS);
    readiness = await runChecks(needs.checks);
  }
  await needs.close();
  if (server) await closeServer(server);
}

async function listen(address: Address, readiness: () => Readiness): Promise<Server> {
  const origins = new Origins(address);
  const server = createServer((request, response) => {
    const path = request.url?.split('?')[0];
    const known = () =>
      origins.mayReadDetails(request) ? readiness() : withoutDetails(readiness());
    const [status, body] =
      path === healthHttp.live.path
        ? [200, live()]
        : [503, path === healthHttp.ready.path ? known() : STARTING];
    response.writeHead(status, {
      'content-type': 'application/json',
      'retry-after': '2',
      'x-content-type-options': 'nosniff',
    });
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
    message: 'this service is waiting for its dependencies; /health/ready names them',
    details: {},
  },
};

async function closeServer(server: Server): Promise<void> {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
}

interface ServiceSettings extends Address {
  readonly LOG_LEVEL: LogLevel;
  readonly LOG_FORMAT: 'json' | 'pretty';
  readonly SHUTDOWN_TIMEOUT_MS: number;
  readonly METRICS_TENANTS: number;
  readonly TRUSTED_PROXIES: readonly string[];
}

interface Service {
  readonly settings: ServiceSettings;
  readonly module: DynamicModule | Promise<DynamicModule>;
  /** Until all of them answer, health checks say what is missing. */
  readonly needs?: Needs;
}

const LEVELS: LogLevel[] = ['fatal', 'error', 'warn', 'log', 'debug', 'verbose'];

/** Runs one service until a signal or an uncaught exception ends it; see Shutdown. */
export async function runService(name: ServiceName, load: () => Service): Promise<void> {
  const shutdown = new Shutdown(name);
  try {
    const { settings, module, needs } = load();
    const logger = new RedactingLogger(name, {
      json: settings.LOG_FORMAT === 'json',
      logLevels: LEVELS.slice(0, LEVELS.indexOf(settings.LOG_LEVEL) + 1),
    });
    Logger.overrideLogger(logger);
    const closeTracing = await openTracing(name);
    collectDefaultMetrics({ register: registry });
    // Without a key everybody may read metrics, and the names of tenants are not for everybody.
    tenantLabel.limit(settings.METRICS_KEY === '' ? 0 : settings.METRICS_TENANTS);
    if (needs) await awaitNeeds(needs, settings);
    const app = await NestFactory.create<NestExpressApplication>(await module, {
      logger,
      forceCloseConnections: true,
      abortOnError: false,
      bodyParser: false,
    });
    const requests = app.get(ActiveRequests);
    app.disable('x-powered-by');
    app.set('trust proxy', settings.TRUSTED_PROXIES);
    app.use(requests.middleware, requestContext, measureRequests);
    acceptOrigins(app, settings);
    app.use(app.get(Outages).middleware);
    limitRequests(app);
    serveDocs(app, SERVICE_APIS[name]);
    const end = () => close(app, requests).then(closeTracing);
    shutdown.arm({ limitMs: settings.SHUTDOWN_TIMEOUT_MS, close: end });
    await app.listen(settings.PORT, settings.HOST);
    new Logger(name).log(`listening on ${await app.getUrl()}`);
  } catch (error) {
    // A shutdown during the start closes things that the start still uses.
    if (shutdown.begun) return;
    const message = error instanceof Error ? error.message : String(error);
    process.stderr.write(`${name}: ${redact(message)}\n`);
    process.exit(1);
  }
}

function acceptOrigins(app: NestExpressApplication, settings: ServiceSettings): void {
  const origins = new Origins(settings);
  app.use(origins.middleware);
  if (origins.cors.length === 0) return;
  app.enableCors({
    origin: [...origins.cors],
    methods: ['GET', 'POST', 'PATCH', 'DELETE'],
    allowedHeaders: ['authorization', 'content-type', 'last-event-id'],
    exposedHeaders: ['retry-after'],
    maxAge: 600,
  });
}

/** Refuses new work, then runs the modules' shutdown hooks: features first, the platform last. */
async function close(app: INestApplication, requests: ActiveRequests): Promise<void> {
  requests.refuseNew();
  shutdownParticipants.stopTaking();
  await app.close();
}
