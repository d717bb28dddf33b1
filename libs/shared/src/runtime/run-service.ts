import 'reflect-metadata';
import {
  Logger,
  type DynamicModule,
  type INestApplication,
  type LogLevel,
  type Provider,
} from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { type NestExpressApplication } from '@nestjs/platform-express';
import { collectDefaultMetrics } from 'prom-client';
import { ErrorFilter } from '../http/error.filter.js';
import { MetricsGuard } from '../http/metrics-guard.js';
import { requestContext } from '../http/request-context.js';
import { measureRequests } from '../http/request-metrics.js';
import { limitRequests } from '../http/request-limits.js';
import { TenantGuard } from '../http/tenant.js';
import { registry } from '../metrics/registry.js';
import { openTracing } from '../tracing/open-tracing.js';
import { tracer } from '../tracing/tracing.js';
import { tenantLabel } from '../metrics/tenant-label.js';
import { awaitNeeds, type Needs } from './await-needs.js';
import { RequestsInHand } from './requests-in-hand.js';
import { Shutdown } from './shutdown.js';
import { shutdownParticipants } from './shutdown-participants.js';
import { redact } from '../logging/redact.js';
import { RedactingLogger } from '../logging/redacting-logger.js';

export interface ServiceSettings {
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
