import { setTimeout as sleep } from 'node:timers/promises';
import { cliError } from '../cli-error.js';
import { type GalleryRebuildView } from '../client/gallery-schema.js';
import { type MatcherApi } from '../client/matcher-api.js';
import { withRetries } from '../output/with-retries.js';
import { describeRebuild, describeRebuildProgress } from './describe-rebuild.js';

const POLL_MS = 250;
/** How often progress is printed, milliseconds. */
const LINE_EVERY_MS = 5_000;

/**
 * Has the matcher embed the gallery again in its model space, telling how it goes.
 * @throws PipelineError GALLERY_REBUILD_FAILED when not one photograph could be embedded
 */
export async function rebuildGallery(matcher: MatcherApi, signal: AbortSignal): Promise<void> {
  await matcher.startGalleryRebuild();
  const view = await follow(matcher, signal);
  console.log(describeRebuild(view));
  if (view.state === 'done') return;
  throw cliError(
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
