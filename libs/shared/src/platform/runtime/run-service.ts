import { Logger, type DynamicModule, type INestApplication, type LogLevel } from '@nestjs/common';
import { createServer, type Server } from 'node:http';
import { type AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import { type NestExpressApplication } from '@nestjs/platform-express';
import { collectDefaultMetrics } from 'prom-client';
import {
  healthHttp,
  type Readiness,
  type ReadinessResult,
} from '../../contracts/http/health.http.js';
import { SERVICE_APIS, type ServiceName } from '../../contracts/http/services.http.js';
import { PipelineError } from '../../contracts/pipeline-error.js';
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
import { meansAnother, refuseForAnother, refuseOtherInstances } from './instance.js';
import { LauncherLink } from './launcher-link.js';
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
  readonly INSTANCE_ID: string;
}

const EVERY_MS = 1_000;

/**
 * Resolves once everything answers. Until then a small server answers on the service's address: live, not
 * ready with the reason, and 503 to all other requests.
 */
async function awaitNeeds(needs: Needs, address: Address, link: LauncherLink): Promise<void> {
  const logger = new Logger('start');
  let readiness = await runChecks(needs.checks);
  const server = readiness.status === 'ready' ? null : await listen(address, () => readiness);
  if (server) link.listening(portOf(server));
  let reported = '';
  while (readiness.status !== 'ready') {
    const missing = readiness.checks.filter(({ ok }) => !ok);
    const text = missing.map(describeMissing).join(', ');
    if (text !== reported) logger.error(`waiting for ${text}`);
    reported = text;
    await sleep(EVERY_MS);
    readiness = await runChecks(needs.checks);
  }
  await needs.close();
  if (server) await closeServer(server);
}

function describeMissing({ name, code, reason = 'no answer' }: ReadinessResult): string {
  return `${name} (${code === undefined ? reason : `${code}: ${reason}`})`;
}

async function listen(address: Address, readiness: () => Readiness): Promise<Server> {
  const origins = new Origins(address);
  const server = createServer((request, response) => {
    if (meansAnother(request.headers, address.INSTANCE_ID)) {
      refuseForAnother(response);
      return;
    }
    const path = request.url?.split('?')[0];
    const known = () =>
      origins.mayReadDetails(request) ? readiness() : withoutDetails(readiness());
    const [status, body] =
      path === healthHttp.live.path
        ? [200, live(address.INSTANCE_ID)]
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
  }).catch((error: unknown) => {
    throw cannotListen(error, address);
  });
  return server;
}

function portOf(server: Server): number {
  return (server.address() as AddressInfo).port;
}

/** @returns the error itself, unless it says that the port is taken or forbidden */
function cannotListen(error: unknown, { HOST, PORT }: Address): unknown {
  const { code } = error as NodeJS.ErrnoException;
  const problems: Readonly<Record<string, readonly [code: string, problem: string]>> = {
    EADDRINUSE: ['PORT_TAKEN', 'is in use; choose another PORT'],
    EACCES: ['PORT_FORBIDDEN', 'needs more rights than this user has; choose another PORT'],
    EADDRNOTAVAIL: ['HOST_INVALID', 'is not an address of this machine; choose another HOST'],
  };
  const problem = problems[code ?? ''];
  if (!problem) return error;
  return new PipelineError(problem[0], `${HOST}:${PORT} ${problem[1]}`, {
    stage: 'config',
    class: 'quarantine',
    cause: error,
  });
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
  let link: LauncherLink | undefined;
  try {
    const { settings, module, needs } = load();
    link = new LauncherLink(settings.INSTANCE_ID);
    link.onLost(() => shutdown.stop('the launcher has ended'));
    const logger = new RedactingLogger(name, {
      json: settings.LOG_FORMAT === 'json',
      logLevels: LEVELS.slice(0, LEVELS.indexOf(settings.LOG_LEVEL) + 1),
    });
    Logger.overrideLogger(logger);
    const closeTracing = await openTracing(name);
    collectDefaultMetrics({ register: registry });
    // Without a key everybody may read metrics, and the names of tenants are not for everybody.
    tenantLabel.limit(settings.METRICS_KEY === '' ? 0 : settings.METRICS_TENANTS);
    const [loaded] = await Promise.all([module, needs && awaitNeeds(needs, settings, link)]);
    const app = await NestFactory.create<NestExpressApplication>(loaded, {
      logger,
      forceCloseConnections: true,
      abortOnError: false,
      bodyParser: false,
    });
    const requests = app.get(ActiveRequests);
    app.disable('x-powered-by');
    app.set('trust proxy', settings.TRUSTED_PROXIES);
    app.use(refuseOtherInstances(settings.INSTANCE_ID));
    app.use(requests.middleware, requestContext, measureRequests);
    acceptOrigins(app, settings);
    app.use(app.get(Outages).middleware);
    limitRequests(app);
    serveDocs(app, SERVICE_APIS[name]);
    const end = () => close(app, requests).then(closeTracing);
    shutdown.arm({ limitMs: settings.SHUTDOWN_TIMEOUT_MS, close: end });
    const server = await app.listen(settings.PORT, settings.HOST).catch((error: unknown) => {
      throw cannotListen(error, settings);
    });
    link.listening(portOf(server));
    new Logger(name).log(`listening on ${await app.getUrl()}`);
  } catch (error) {
    // A shutdown during the start closes things that the start still uses.
    if (shutdown.begun) return;
    const code = error instanceof PipelineError ? error.code : 'INTERNAL';
    const message = redact(error instanceof Error ? error.message : String(error));
    process.stderr.write(`${name}: ${code}: ${message}\n`);
    await link?.failed(code, message);
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
