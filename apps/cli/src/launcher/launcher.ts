import { createServer, type AddressInfo } from 'node:net';
import path from 'node:path';
import { usageError } from '#shared/contracts/pipeline-error.js';
import { identify } from '#shared/platform/runtime/process-identity.js';
import { LogFile } from './child.js';
import { RunningFile } from './running-file.js';
import { Service } from './service.js';
import { startRedis, type RedisServer } from './start-redis.js';
import { storesSetting, type Stores } from './stores.js';

/** Finds ports for services that are about to start; hands out none twice. */
export class Ports {
  private readonly taken = new Set<number>();

  constructor(private readonly host: string) {}

  /** The port asked for. @throws PipelineError PORT_TAKEN */
  async exactly(port: number, what: string): Promise<number> {
    if (this.taken.has(port) || (await this.probe(port)) === null) {
      throw usageError('PORT_TAKEN', `port ${port} for ${what} is in use; give another one`);
    }
    this.taken.add(port);
    return port;
  }

  /** `favourite` when it is free, else any free port. */
  async near(favourite: number): Promise<number> {
    let port = this.taken.has(favourite) ? null : await this.probe(favourite);
    while (port === null || this.taken.has(port)) port = await this.probe(0);
    this.taken.add(port);
    return port;
  }

  private probe(port: number): Promise<number | null> {
    return new Promise((resolve) => {
      const server = createServer();
      server.once('error', () => resolve(null));
      server.listen(port, this.host, () => {
        const found = (server.address() as AddressInfo).port;
        server.close(() => resolve(found));
      });
    });
  }
}

const DIST_APPS = path.resolve(import.meta.dirname, '../../..');
/** Also the order to stop them in, for nothing must be fed to a service that is going. */
const SERVICES = ['ingest', 'embedder', 'matcher'] as const;
type ServiceName = (typeof SERVICES)[number];
const USUAL_PORTS: Readonly<Record<ServiceName, number>> = {
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
  /** A Redis to use instead of one of our own. */
  readonly redisUrl: string | undefined;
  readonly ports: Partial<Record<ServiceName | 'redis', number>>;
  /** Told about crashes and restarts, in words. */
  readonly report: (message: string) => void;
  /** Started to embed the gallery again: that it is of another model space does not matter. */
  readonly forRebuild?: boolean;
}

export type ServiceUrls = Readonly<Record<ServiceName, string>>;

/** Everything on one machine: a redis-server and the three services over one data folder. */
export class Launcher {
  private redis: Promise<RedisServer> | null = null;
  private readonly services: Service[] = [];
  private urls: ServiceUrls | null = null;
  private stopped: Promise<void> | null = null;
  private readonly running: RunningFile;
  private taken = false;
  private saving: Promise<void> = Promise.resolve();

  constructor(private readonly options: LauncherOptions) {
    this.running = RunningFile.at(options.dataDir);
  }

  /** Resolves when all are ready; what was started is stopped again when one fails. */
  async start(): Promise<ServiceUrls> {
    await this.running.take();
    this.taken = true;
    try {
      return await this.startAll();
    } catch (error) {
      await this.stop();
      throw error;
    }
  }

  /** Stops ingest, embedder, matcher and redis-server, in this order. May be called at any time. */
  stop(): Promise<void> {
    this.stopped ??= this.stopAll();
    return this.stopped;
  }

  private async startAll(): Promise<ServiceUrls> {
    const { options } = this;
    const ports = new Ports(options.host);
    const redisUrl = options.redisUrl ?? (await this.startRedis(ports));
    const host = options.host === '0.0.0.0' ? '127.0.0.1' : options.host;
    const urls: Record<ServiceName, string> = { ingest: '', embedder: '', matcher: '' };
    for (const name of SERVICES) {
      const wanted = options.ports[name];
      const port = wanted ? await ports.exactly(wanted, name) : await ports.near(USUAL_PORTS[name]);
      urls[name] = `http://${host}:${port}`;
      this.services.push(this.service(name, urls[name], port, redisUrl));
    }
    if (this.stopped) throw usageError('STOPPED', 'stopped while it was starting');
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

  private service(name: ServiceName, url: string, port: number, redisUrl: string): Service {
    const { dataDir, stores, env, host, forRebuild = false } = this.options;
    return new Service({
      name,
      url,
      forRebuild,
      log: new LogFile(path.join(dataDir, 'logs', `${name}.log`)),
      report: this.options.report,
      changed: () => void this.save(),
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
    await this.saving;
    if (this.taken) await this.running.remove();
  }

  /** Keeps running.json up to date, one write after the other. */
  private save(): Promise<void> {
    this.saving = this.saving
      .then(() => this.saveNow())
      .catch((error: unknown) =>
        this.options.report(`cannot write running.json: ${String(error)}`),
      );
    return this.saving;
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

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * Runs `work`, which gets a promise of the first signal, and then `cleanUp`, whether work ended, failed
 * or a signal came meanwhile. Further signals change nothing: cleaning up has its own deadlines.
 * @returns the signal that ended it, or null
 */
export async function untilSignal(
  work: (signalled: Promise<NodeJS.Signals>) => Promise<void>,
  cleanUp: () => Promise<void>,
): Promise<NodeJS.Signals | null> {
  let signal: NodeJS.Signals | null = null;
  let tell: (signal: NodeJS.Signals) => void;
  const signalled = new Promise<NodeJS.Signals>((resolve) => (tell = resolve));
  const listener = (name: NodeJS.Signals) => {
    signal ??= name;
    tell(name);
  };
  for (const name of SIGNALS) process.on(name, listener);
  try {
    const working = work(signalled);
    // What work still throws after a signal is only that things are being stopped under it.
    working.catch(() => undefined);
    await Promise.race([working, signalled]);
  } finally {
    await cleanUp();
    for (const name of SIGNALS) process.off(name, listener);
  }
  return signal;
}
