import path from 'node:path';
import { usageError } from '#shared/contracts/pipeline-error.js';
import { identify } from '#shared/platform/runtime/process-identity.js';
import { LogFile } from './child.js';
import { Ports } from './ports.js';
import { RunningFile } from './running-file.js';
import { Service } from './service.js';
import { startRedis, type RedisServer } from './start-redis.js';
import { storesSetting, type Stores } from './stores.js';

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

/**
 * Runs a redis-server and the three services on this machine, on one data folder. `running.json` in that
 * folder says what runs, so that other commands find the services and a later launcher finds leftovers.
 */
export class Launcher {
  private redis: Promise<RedisServer> | null = null;
  private readonly services: Service[] = [];
  private urls: ServiceUrls | null = null;
  private stopped: Promise<void> | null = null;
  private readonly running: RunningFile;
  /** Whether running.json belongs to this launcher. */
  private ownsFolder = false;
  private lastSave: Promise<void> = Promise.resolve();

  constructor(private readonly options: LauncherOptions) {
    this.running = RunningFile.at(options.dataDir);
  }

  /** Resolves when all services are ready. If one fails, everything is stopped. */
  async start(): Promise<ServiceUrls> {
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

  private async startAll(): Promise<ServiceUrls> {
    const { options } = this;
    const redis = options.redisUrl === undefined ? 'redis-server, ' : '';
    options.report(`starting ${redis}ingest, embedder and matcher`);
    const ports = new Ports(options.host);
    const redisUrl = options.redisUrl ?? (await this.startRedis(ports));
    const host = options.host === '0.0.0.0' ? '127.0.0.1' : options.host;
    const urls: Record<ServiceName, string> = { ingest: '', embedder: '', matcher: '' };
    for (const name of SERVICES) {
      const wanted = options.ports[name];
      const port = wanted
        ? await ports.exactly(wanted, name)
        : await ports.near(DEFAULT_PORTS[name]);
      urls[name] = `http://${host}:${port}`;
      this.services.push(this.createService(name, urls[name], port, redisUrl));
    }
    if (this.stopped)
      throw usageError('STOPPED', 'the services were stopped while they were starting');
    await Promise.all(this.services.map((service) => service.start()));
    this.urls = urls;
    await this.save();
    return urls;
  }

  private async startRedis(ports: Ports): Promise<string> {
    const { dataDir, env } = this.options;
    const wanted = this.options.ports.redis;
    const port = wanted ? await ports.exactly(wanted, 'redis') : await ports.near(0);
    this.redis = startRedis({ dataDir, port, env });
    const { url } = await this.redis;
    await this.save();
    return url;
  }

  private createService(name: ServiceName, url: string, port: number, redisUrl: string): Service {
    const { dataDir, stores, env, host, forRebuild = false } = this.options;
    return new Service({
      name,
      url,
      forRebuild,
      log: new LogFile(path.join(dataDir, 'logs', `${name}.log`)),
      report: this.options.report,
      onProcessChange: () => void this.save(),
      command: {
        program: process.execPath,
        args: [path.join(DIST_APPS, name, 'src', 'main.js')],
        env: {
          ...env,
          HOST: host,
          PORT: String(port),
          REDIS_URL: redisUrl,
          STORES: storesSetting(stores),
          VECTORS_DIR: path.join(dataDir, 'vectors'),
        },
      },
    });
  }

  private async stopAll(): Promise<void> {
    for (const service of this.services) await service.stop();
    const redis = await this.redis?.catch(() => null);
    await redis?.stop();
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
    const redis = await this.redis?.catch(() => null);
    const children = [...this.services.map((service) => service.identity), redis?.child.identity];
    await this.running.write({
      launcher: identify(process.pid),
      children: children.filter((child) => child !== null && child !== undefined),
      urls: this.urls,
      stores: this.options.stores,
    });
  }
}
