import 'reflect-metadata';
import { Logger, type DynamicModule, type LogLevel } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { type NestExpressApplication } from '@nestjs/platform-express';
import { ErrorFilter } from '../http/error.filter.js';
import { limitRequests } from '../http/request-limits.js';
import { TenantGuard } from '../http/tenant.js';
import { redact } from '../logging/redact.js';
import { RedactingLogger } from '../logging/redacting-logger.js';

export interface ServiceSettings {
  readonly HOST: string;
  readonly PORT: number;
  readonly LOG_LEVEL: LogLevel;
  readonly LOG_FORMAT: 'json' | 'pretty';
  readonly SHUTDOWN_TIMEOUT_MS: number;
  readonly API_KEYS: ReadonlyMap<string, string>;
}

const LEVELS: LogLevel[] = ['fatal', 'error', 'warn', 'log', 'debug', 'verbose'];

/**
 * Runs one service until SIGTERM or SIGINT: then it takes no more work, finishes what it holds
 * (module `onApplicationShutdown` / `onModuleDestroy` hooks) and exits 0.
 */
export async function runService(
  name: string,
  load: () => { settings: ServiceSettings; module: DynamicModule | Promise<DynamicModule> },
): Promise<void> {
  try {
    const { settings, module } = load();
    const logger = new RedactingLogger(name, {
      json: settings.LOG_FORMAT === 'json',
      logLevels: LEVELS.slice(0, LEVELS.indexOf(settings.LOG_LEVEL) + 1),
    });
    Logger.overrideLogger(logger);
    const app = await NestFactory.create<NestExpressApplication>(await module, {
      logger,
      forceCloseConnections: true,
      abortOnError: false,
      bodyParser: false,
    });
    app.disable('x-powered-by');
    limitRequests(app);
    app.useGlobalFilters(new ErrorFilter());
    app.useGlobalGuards(new TenantGuard(settings.API_KEYS));
    await app.listen(settings.PORT, settings.HOST);
    new Logger(name).log(`listening on ${await app.getUrl()}`);
    stopOnSignal(name, () => app.close(), settings.SHUTDOWN_TIMEOUT_MS);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    process.stderr.write(`${name}: ${redact(message)}\n`);
    process.exit(1);
  }
}

function stopOnSignal(name: string, close: () => Promise<void>, timeoutMs: number): void {
  const logger = new Logger(name);
  let stopping = false;
  const stop = (signal: string) => {
    if (stopping) return;
    stopping = true;
    logger.log(`${signal}: finishing what is in hand`);
    setTimeout(() => {
      logger.error(`not done after ${timeoutMs} ms; what is left goes back to the queue`);
      process.exit(1);
    }, timeoutMs).unref();
    close().then(
      () => process.exit(0),
      (error: unknown) => {
        logger.error(error);
        process.exit(1);
      },
    );
  };
  process.on('SIGTERM', () => stop('SIGTERM'));
  process.on('SIGINT', () => stop('SIGINT'));
}
