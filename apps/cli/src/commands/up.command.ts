import { type Command } from 'commander';
import path from 'node:path';
import { inheritedEnvironment, loadCliConfig } from '../cli.config.js';
import { Launcher, type ServiceUrls } from '../launcher/launcher.js';
import { serviceEnvironment } from '../launcher/service-environment.js';
import { rememberStores, storeFor, type Stores } from '../launcher/stores.js';
import { untilSignal } from '../launcher/until-signal.js';
import { parsePort } from './parse-options.js';

interface UpOptions {
  readonly archive?: string[];
  readonly ingestPort?: number;
  readonly embedderPort?: number;
  readonly matcherPort?: number;
  readonly redisPort?: number;
}

export function registerUpCommand(program: Command): void {
  program
    .command('up')
    .description('start redis-server and the three services on this machine; Ctrl-C stops them')
    .option(
      '--archive <place>',
      'folder or s3://bucket/prefix to import from; can be repeated; later starts keep it (default: archives of earlier starts)',
      (place: string, places?: string[]) => [...(places ?? []), place],
    )
    .option('--ingest-port <port>', 'port of ingest (default: 7001, or any free port)', parsePort)
    .option(
      '--embedder-port <port>',
      'port of the embedder (default: 7002, or any free port)',
      parsePort,
    )
    .option(
      '--matcher-port <port>',
      'port of the matcher (default: 7003, or any free port)',
      parsePort,
    )
    .option(
      '--redis-port <port>',
      'port of redis-server (default: 7004, or the next free port)',
      parsePort,
    )
    .action(up);
}

async function up(options: UpOptions): Promise<void> {
  const config = loadCliConfig();
  const dataDir = path.resolve(config.SIGHTLINE_DATA_DIR);
  const added = await Promise.all((options.archive ?? []).map(storeFor));
  const stores = await rememberStores(dataDir, added);
  const report = (message: string) => console.error(message);
  const launcher = new Launcher({
    dataDir,
    stores,
    env: await serviceEnvironment(dataDir, inheritedEnvironment(), report),
    host: config.HOST,
    redisUrl: config.REDIS_URL,
    ports: {
      ...(options.ingestPort && { ingest: options.ingestPort }),
      ...(options.embedderPort && { embedder: options.embedderPort }),
      ...(options.matcherPort && { matcher: options.matcherPort }),
      ...(options.redisPort && { redis: options.redisPort }),
    },
    report,
  });
  await untilSignal(
    async (signalled) => {
      const { urls } = await launcher.start();
      console.log(describe(urls, stores, dataDir));
      const error = await Promise.race([launcher.givenUp, signalled]);
      if (error instanceof Error) throw error;
    },
    async () => {
      console.error('stopping the services');
      await launcher.stop();
    },
  );
}

function describe(urls: ServiceUrls, stores: Stores, dataDir: string): string {
  return [
    `ingest    ${urls.ingest}`,
    `embedder  ${urls.embedder}`,
    `matcher   ${urls.matcher}`,
    ...Object.entries(stores).map(([name, url]) => `store     ${name} = ${url}`),
    `data      ${dataDir}`,
    'ready; Ctrl-C stops everything',
  ].join('\n');
}
