import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type ApiClient } from '#shared/client/api-client.js';
import { galleryHttp, type GalleryRebuildView } from '#shared/contracts/http/gallery.http.js';
import { usageError } from '#shared/contracts/pipeline-error.js';
import { inheritedEnvironment, type CliConfig } from '../../cli.config.js';
import { connectServices, findServices, withRetries } from '../../client/services.js';
import { Launcher } from '../../launcher/launcher.js';
import { RunningFile } from '../../launcher/running-file.js';
import { type ModelChoice, serviceEnvironment } from '../../launcher/service-environment.js';
import { rememberStores } from '../../launcher/stores.js';
import { untilSignal } from '../../launcher/until-signal.js';
import { lineEveryFewSeconds } from '../../output/progress.js';
import { printable, quantity } from '../../output/table.js';

const POLL_MS = 250;

interface PackInSpace {
  /** Model space of the pack. */
  readonly space: string;
  /** Settings that make the services use the pack. */
  readonly settings: ModelChoice;
}

/**
 * Rebuilds the gallery with a pack. Uses the running services if they use the pack already; if none run,
 * starts services on the launcher's data folder and stops them afterwards.
 * @throws PipelineError PACK_NOT_IN_USE if the running services use another pack, STOPPED on a signal
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
      const running = await launcher.start();
      const { matcher } = connectServices(running, config, stores, dataDir);
      const failure = launcher.givenUp.then((error) => Promise.reject(error));
      await Promise.race([rebuildGallery(matcher, signal), failure]);
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
    'stopped before the gallery was rebuilt; the gallery is unchanged, and the same command continues the rebuild',
  );
}

async function assertInSpace(
  matcher: ApiClient,
  { space, settings }: PackInSpace,
  isElsewhere: boolean,
): Promise<void> {
  const { space: inUse } = await matcher.call(galleryHttp.read);
  if (inUse === space) return;
  throw usageError(
    'PACK_NOT_IN_USE',
    isElsewhere
      ? `the matcher at SIGHTLINE_MATCHER_URL uses model space ${inUse}; start the three services with MODEL_PACK=${settings.MODEL_PACK ?? ''} and run this command again`
      : `the running services use model space ${inUse}; stop them (Ctrl-C in "up") and run this command again`,
  );
}

/**
 * Makes the matcher rebuild the gallery in its model space, and prints the progress.
 * @throws PipelineError GALLERY_REBUILD_FAILED if no photograph could be embedded
 */
async function rebuildGallery(matcher: ApiClient, signal: AbortSignal): Promise<void> {
  await matcher.call(galleryHttp.start);
  const view = await follow(matcher, signal);
  console.log(describeRebuild(view));
  if (view.state === 'done') return;
  throw usageError(
    'GALLERY_REBUILD_FAILED',
    'no photograph could be embedded, so the gallery stays in its model space',
  );
}

async function follow(matcher: ApiClient, signal: AbortSignal): Promise<GalleryRebuildView> {
  const printLine = lineEveryFewSeconds();
  for (;;) {
    signal.throwIfAborted();
    const view = await withRetries(() => matcher.call(galleryHttp.read));
    if (view.state === 'done' || view.state === 'failed') return view;
    printLine(() => describeRebuildProgress(view));
    await sleep(POLL_MS, undefined, { signal });
  }
}

function describeRebuildProgress(view: GalleryRebuildView): string {
  const { people, left, embedded, failed, waitsFor } = view;
  const sums = `${people - left} of ${quantity(people, 'person', 'people')}, photographs embedded: ${embedded}, failed: ${failed}`;
  return waitsFor ? `${sums}; waiting: ${waitsFor.code}: ${waitsFor.message}` : sums;
}

function describeRebuild(view: GalleryRebuildView): string {
  const { space, people, embedded, failed, failures, kept } = view;
  return [
    `enrolled in model space ${space}: ${quantity(people, 'person', 'people')}, ${quantity(embedded, 'photograph')}`,
    ...(failed > 0
      ? [`could not be embedded, but are kept: ${quantity(failed, 'photograph')}`]
      : []),
    ...failures.map(
      ({ personId, name, photograph, code, message }) =>
        `  ${printable(name ?? personId)}, ${photograph}: ${code}: ${printable(message)}`,
    ),
    ...kept.flatMap(({ space: other, place }) => [
      `the gallery of ${other} is kept, so that you can return to it; to remove it, delete ${place} while the matcher is stopped`,
    ]),
    'Sightings belong to the model space that they were made in: import the archive again to get sightings in this one. ' +
      'Images that were queued for the earlier pack are refused with SPACE_MISMATCH; the new import embeds them.',
  ].join('\n');
}
