import path from 'node:path';
import { inheritedEnvironment, type CliConfig } from '../cli.config.js';
import { cliError } from '../cli-error.js';
import { connectServices, findServices } from '../client/find-services.js';
import { type MatcherApi } from '../client/matcher-api.js';
import { Launcher } from '../launcher/launcher.js';
import { type ModelChoice } from '../launcher/model-choice.js';
import { RunningFile } from '../launcher/running-file.js';
import { serviceEnvironment } from '../launcher/service-environment.js';
import { rememberStores } from '../launcher/stores.js';
import { untilSignal } from '../launcher/until-signal.js';
import { rebuildGallery } from './rebuild-gallery.js';

export interface PackInSpace {
  /** Its model space. */
  readonly space: string;
  /** What makes the services use it. */
  readonly settings: ModelChoice;
}

/**
 * Has the gallery embedded again with a pack: by services that run with it already, else by services of
 * its own on the launcher's data folder, which are stopped again.
 * @throws PipelineError PACK_NOT_IN_USE when services run with another pack, STOPPED on a signal
 */
export async function rebuildWithPack(config: CliConfig, pack: PackInSpace): Promise<void> {
  const dataDir = path.resolve(config.SIGHTLINE_DATA_DIR);
  const isElsewhere = config.SIGHTLINE_MATCHER_URL !== undefined;
  if (isElsewhere || (await RunningFile.at(dataDir).readLive())) {
    const { matcher } = await findServices(config);
    await assertInSpace(matcher, pack, isElsewhere);
    await untilStopped((signal) => rebuildGallery(matcher, signal));
    return;
  }
  const stores = await rememberStores(dataDir, []);
  const report = (message: string) => console.error(message);
  const inherited = await serviceEnvironment(dataDir, inheritedEnvironment(), () => undefined);
  const launcher = new Launcher({
    ...{ dataDir, stores, report },
    env: { ...inherited, ...pack.settings },
    host: config.HOST,
    redisUrl: config.REDIS_URL,
    ports: {},
    forRebuild: true,
  });
  await untilStopped(
    async (signal) => {
      console.error('starting redis-server, ingest, embedder and matcher with the pack');
      const urls = await launcher.start();
      const { matcher } = connectServices(urls, config.SIGHTLINE_API_KEY, stores);
      await rebuildGallery(matcher, signal);
    },
    () => launcher.stop(),
  );
}

async function untilStopped(
  work: (signal: AbortSignal) => Promise<void>,
  cleanUp: () => Promise<void> = () => Promise.resolve(),
): Promise<void> {
  const stopping = new AbortController();
  const signal = await untilSignal(
    () => work(stopping.signal),
    async () => {
      stopping.abort();
      await cleanUp();
    },
  );
  if (signal === null) return;
  throw cliError(
    'STOPPED',
    'stopped before the gallery was embedded; it is as it was, and the same command goes on from here',
  );
}

async function assertInSpace(
  matcher: MatcherApi,
  { space, settings }: PackInSpace,
  isElsewhere: boolean,
): Promise<void> {
  const { space: inUse } = await matcher.galleryRebuild();
  if (inUse === space) return;
  throw cliError(
    'PACK_NOT_IN_USE',
    isElsewhere
      ? `the matcher at SIGHTLINE_MATCHER_URL works in ${inUse}; start the three services with MODEL_PACK=${settings.MODEL_PACK ?? ''} and run this again`
      : `the services that run work in ${inUse}; stop them (Ctrl-C in up) and run this again`,
  );
}
