import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { usageError } from '#shared/contracts/pipeline-error.js';
import { inheritedEnvironment, type CliConfig } from '../../cli.config.js';
import { withRetries } from '../../client/api-client.js';
import { connectServices, findServices } from '../../client/find-services.js';
import { type GalleryRebuildView, type MatcherApi } from '../../client/matcher-api.js';
import { Launcher, untilSignal } from '../../launcher/launcher.js';
import { RunningFile } from '../../launcher/running-file.js';
import { type ModelChoice, serviceEnvironment } from '../../launcher/service-environment.js';
import { rememberStores } from '../../launcher/stores.js';
import { printable } from '../../output/table.js';

/** Where it stands, in a line. */
function describeRebuildProgress(view: GalleryRebuildView): string {
  const { people, left, embedded, failed, waitsFor } = view;
  const sums = `${people - left} of ${people} people, ${embedded} photographs embedded, ${failed} failed`;
  return waitsFor ? `${sums}; waits: ${waitsFor.code}: ${waitsFor.message}` : sums;
}

/** What was done, what could not be, and what else there is to know. */
function describeRebuild(view: GalleryRebuildView): string {
  const { space, people, embedded, failed, failures, kept } = view;
  return [
    `${people} people with ${embedded} photographs are enrolled in ${space}`,
    ...(failed > 0 ? [`${failed} photographs could not be embedded; they are kept:`] : []),
    ...failures.map(
      ({ personId, name, photograph, code, message }) =>
        `  ${printable(name ?? personId)}, ${photograph}: ${code}: ${printable(message)}`,
    ),
    ...kept.flatMap(({ space: other, place }) => [
      `${other} is kept, so that you can go back to it; to drop it, delete ${place} while the matcher is stopped`,
    ]),
    'Sightings belong to the space they were made in: import the archive again to have it in this one. ' +
      'Images that were waiting for the pack of before are refused with SPACE_MISMATCH; the same import embeds them.',
  ].join('\n');
}

const POLL_MS = 250;
/** How often progress is printed, milliseconds. */
const LINE_EVERY_MS = 5_000;

/**
 * Has the matcher embed the gallery again in its model space, telling how it goes.
 * @throws PipelineError GALLERY_REBUILD_FAILED when not one photograph could be embedded
 */
async function rebuildGallery(matcher: MatcherApi, signal: AbortSignal): Promise<void> {
  await matcher.startGalleryRebuild();
  const view = await follow(matcher, signal);
  console.log(describeRebuild(view));
  if (view.state === 'done') return;
  throw usageError(
    'GALLERY_REBUILD_FAILED',
    'not one photograph could be embedded, so the gallery stays in the space it is in',
  );
}

async function follow(matcher: MatcherApi, signal: AbortSignal): Promise<GalleryRebuildView> {
  let lastLine = Date.now();
  for (;;) {
    signal.throwIfAborted();
    const view = await withRetries(() => matcher.galleryRebuild());
    if (view.state === 'done' || view.state === 'failed') return view;
    if (Date.now() - lastLine > LINE_EVERY_MS) {
      lastLine = Date.now();
      console.error(`  ${describeRebuildProgress(view)}`);
    }
    await sleep(POLL_MS, undefined, { signal });
  }
}

interface PackInSpace {
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
    dataDir,
    stores,
    report,
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
  throw usageError(
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
  throw usageError(
    'PACK_NOT_IN_USE',
    isElsewhere
      ? `the matcher at SIGHTLINE_MATCHER_URL works in ${inUse}; start the three services with MODEL_PACK=${settings.MODEL_PACK ?? ''} and run this again`
      : `the services that run work in ${inUse}; stop them (Ctrl-C in up) and run this again`,
  );
}
