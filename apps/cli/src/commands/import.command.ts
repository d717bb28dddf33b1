import { type Command } from 'commander';
import { stat } from 'node:fs/promises';
import path from 'node:path';
import { type ApiClient } from '#shared/client/api-client.js';
import { healthHttp } from '#shared/contracts/http/health.http.js';
import { importsHttp } from '#shared/contracts/http/imports.http.js';
import { loadCliConfig } from '../cli.config.js';
import { findServices } from '../client/services.js';
import { resolveArchive } from '../launcher/stores.js';
import {
  allAccountedFor,
  describeCodes,
  describeProblem,
  describeSkipped,
  describeSums,
  sumUp,
} from '../output/accounting.js';
import { followImport, describePace, isOver } from '../output/progress.js';

export function registerImportCommand(program: Command): void {
  program
    .command('import')
    .description('import an archive of images, or one image, and show the progress')
    .argument(
      '<archive>',
      'folder or s3://bucket/prefix, a file in a folder, or STORE[/PREFIX] of a configured store',
    )
    .option('--detach', 'print the id of the import, and do not wait for its end', false)
    .action(runImport);
}

async function runImport(archive: string, options: { detach: boolean }): Promise<void> {
  const { ingest, matcher, stores, dataDir } = await findServices(loadCliConfig());
  const isFile = await stat(archive).then(
    (found) => found.isFile(),
    () => false,
  );
  const folder = isFile ? path.dirname(archive) : archive;
  const { store, prefix } = await resolveArchive(folder, stores, dataDir);
  const scope = isFile ? { key: prefix + path.basename(archive) } : { prefix };
  await warnIfNobodyIsNamed(matcher);
  const { id } = await ingest.call(importsHttp.start, { body: { store, ...scope } });
  if (options.detach) {
    console.log(id);
    return;
  }
  const what = scope.key ?? prefix;
  console.error(`import ${id} of ${store}${what && `/${what}`}`);
  const view = await followImport(ingest, id);
  console.error(describePace(view));
  const sums = sumUp(view);
  console.log(`${view.status}: ${describeSums(sums, isOver(view))}`);
  const codes = describeCodes(view);
  if (codes !== null) console.log(`refused or failed, by error code: ${codes}`);
  if (view.error) console.log(describeProblem(view.error));
  if (sums.alreadyDone > 0) console.log(`finished by an earlier import: ${sums.alreadyDone}`);
  const skipped = describeSkipped(view);
  if (skipped !== null) {
    console.log(`skipped, by reason: ${skipped} (sightline imports skipped ${id} lists them)`);
  }
  if (view.status !== 'done' || !allAccountedFor(sums)) process.exitCode = 1;
}

/** Only a warning: an import without names is useful too. An unavailable matcher is not an error here. */
async function warnIfNobodyIsNamed(matcher: ApiClient): Promise<void> {
  const problem = await namingProblem(matcher).catch(() => null);
  if (problem === null) return;
  console.error(
    `this import will name nobody, and a later calibration does not change that: ${problem}`,
  );
}

/** Why nobody is named, and what to do about it; null when there are thresholds. */
export async function namingProblem(matcher: ApiClient): Promise<string | null> {
  const { checks } = await matcher.call(healthHttp.ready);
  return checks.find(({ name }) => name === 'policy')?.problem ?? null;
}
