import { randomUUID } from 'node:crypto';
import path from 'node:path';
import { type PipelineError, usageError } from '#shared/contracts/pipeline-error.js';
import { identify } from '#shared/platform/runtime/process-identity.js';
import { LogFile } from './log-file.js';
import { Ports } from './ports.js';
import { watchReadiness } from './readiness-watch.js';
import { RedisServer } from './redis-server.js';
import { RunningFile } from './running-file.js';
import { Service } from './service.js';
import { storesFile, storesSetting, type Stores } from './stores.js';

const DIST_APPS = path.resolve(import.meta.dirname, '../../..');
/** In the order of stopping: a service stops before the services that it sends work to. */
const SERVICES = ['ingest', 'embedder', 'matcher'] as const;
type ServiceName = (typeof SERVICES)[number];
const DEFAULT_PORTS: Readonly<Record<ServiceName, number>> = {
  ingest: 7001,
  embedder: 7002,
  matcher: 7003,
};

interface LauncherOptions {
  readonly dataDir: string;
  readonly stores: Stores;
  /** The environment that the services inherit. */
  readonly env: Readonly<Record<string, string>>;
  /** Address to listen on. */
  readonly host: string;
  /** URL of an existing Redis; undefined starts a redis-server. */
  readonly redisUrl: string | undefined;
  readonly ports: Partial<Record<ServiceName | 'redis', number>>;
  /** Gets a message for the user about each crash and restart. */
  readonly report: (message: string) => void;
  /** True to rebuild the gallery: the services may start on a gallery of another model space. */
  readonly forRebuild?: boolean;
}

export type ServiceUrls = Readonly<Record<ServiceName, string>>;

/** How commands reach the services that a launcher started. */
export interface RunningServices {
  readonly urls: ServiceUrls;
  /** Id of this run, which the services accept requests for. */
  readonly instance: string;
}

/**
 * Runs a redis-server and the three services on this machine, on one data folder. `running.json` in that
 * folder says what runs, so that other commands find the services and a later launcher finds leftovers.
 */
export class Launcher {
  /** Resolves when a process could not be restarted, with the reason. Then nothing useful runs any more. */
  readonly givenUp: Promise<PipelineError>;
  private giveUp: (error: PipelineError) => void = () => undefined;
  private readonly instance = randomUUID();
  private redis: RedisServer | null = null;
  private readonly services: Service[] = [];
  private ready = false;
  private stopped: Promise<void> | null = null;
  private readonly watching = new AbortController();
  private readonly running: RunningFile;
  /** Whether running.json belongs to this launcher. */
  private ownsFolder = false;
  private lastSave: Promise<void> = Promise.resolve();

  constructor(private readonly options: LauncherOptions) {
    this.running = RunningFile.at(options.dataDir);
    this.givenUp = new Promise((resolve) => (this.giveUp = resolve));
  }

  /** Resolves when all services are ready. If one fails, everything is stopped. */
  async start(): Promise<RunningServices> {
    await this.running.take();
    this.ownsFolder = true;
    try {
      return await this.startAll();
    } catch (error) {
      await this.stop();
      throw error;
    }
  }

  /** Stops ingest, embedder, matcher and redis-server, in this order. Can be called at any time. */
  stop(): Promise<void> {
    this.stopped ??= this.stopAll();
    return this.stopped;
  }

  private async startAll(): Promise<RunningServices> {
    const { options, instance } = this;
    const redis = options.redisUrl === undefined ? 'redis-server, ' : '';
    options.report(`starting ${redis}ingest, embedder and matcher`);
    const redisUrl = options.redisUrl ?? (await this.startRedis());
    const ports = new Ports(options.host);
    for (const name of SERVICES) {
      const wanted = options.ports[name];
      const port = wanted
        ? await ports.exactly(wanted, name)
        : await ports.near(DEFAULT_PORTS[name]);
      this.services.push(this.createService(name, port, redisUrl));
    }
    if (this.stopped)
      throw usageError('STOPPED', 'the services were stopped while they were starting');
    await Promise.all(this.services.map((service) => service.start()));
    this.ready = true;
    await this.save();
    void watchReadiness(this.services, options.report, this.watching.signal);
    return { urls: this.urls(), instance };
  }

  private urls(): ServiceUrls {
    const urls = this.services.map(({ name, url }) => [name, url]);
    return Object.fromEntries(urls) as ServiceUrls;
  }

  private async startRedis(): Promise<string> {
    const { dataDir, env, report, ports } = this.options;
    this.redis = new RedisServer({
      dataDir,
      env,
      port: ports.redis,
      report,
      onProcessChange: () => void this.save(),
      onGivenUp: this.giveUp,
    });
    await this.redis.start();
    return this.redis.url;
  }

  private createService(name: ServiceName, port: number, redisUrl: string): Service {
    const { dataDir, stores, env, host, report, ports, forRebuild = false } = this.options;
    return new Service({
      name,
      instance: this.instance,
      host,
      port,
      portIsFixed: ports[name] !== undefined,
      forRebuild,
      log: new LogFile(path.join(dataDir, 'logs', `${name}.log`), { report }),
      report,
      onChange: () => void this.save(),
      onGivenUp: this.giveUp,
      command: {
        program: process.execPath,
        args: [path.join(DIST_APPS, name, 'src', 'main.js')],
        env: {
          ...env,
          REDIS_URL: redisUrl,
          STORES: storesSetting(stores),
          STORES_FILE: storesFile(dataDir),
          VECTORS_DIR: path.join(dataDir, 'vectors'),
          RETURN_TO_GALLERY: 'true',
        },
      },
    });
  }

  private async stopAll(): Promise<void> {
    this.watching.abort();
    for (const service of this.services) await service.stop();
    await this.redis?.stop();
    await this.lastSave;
    if (this.ownsFolder) await this.running.remove();
  }

  /** Updates running.json. Writes run one after the other. */
  private save(): Promise<void> {
    this.lastSave = this.lastSave
      .then(() => this.saveNow())
      .catch((error: unknown) =>
        this.options.report(`cannot write running.json: ${String(error)}`),
      );
    return this.lastSave;
  }

  private async saveNow(): Promise<void> {
    const children = [...this.services.map(({ identity }) => identity), this.redis?.identity];
    await this.running.write({
      launcher: identify(process.pid),
      instance: this.instance,
      children: children.filter((child) => child !== null && child !== undefined),
      urls: this.ready ? this.urls() : null,
    });
  }
}
