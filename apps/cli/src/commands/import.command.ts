import { type Command } from 'commander';
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
    .description('import an archive of images, and show the progress')
    .argument('<archive>', 'folder or s3://bucket/prefix, or STORE[/PREFIX] of a configured store')
    .option('--detach', 'print the id of the import, and do not wait for its end', false)
    .action(runImport);
}

async function runImport(archive: string, options: { detach: boolean }): Promise<void> {
  const { ingest, matcher, stores, dataDir } = await findServices(loadCliConfig());
  const { store, prefix } = await resolveArchive(archive, stores, dataDir);
  await warnIfNobodyIsNamed(matcher);
  const { id } = await ingest.call(importsHttp.start, { body: { store, prefix } });
  if (options.detach) {
    console.log(id);
    return;
  }
  console.error(`import ${id} of ${store}${prefix && `/${prefix}`}`);
  const view = await followImport(ingest, id);
  console.error(describePace(view));
  const sums = sumUp(view);
  console.log(`${view.status}: ${describeSums(sums, isOver(view))}`);
  const codes = describeCodes(view);
  if (codes !== null) console.log(`refused or failed, by error code: ${codes}`);
  if (view.error) console.log(describeProblem(view.error));
  if (sums.alreadyDone > 0) console.log(`finished by an earlier import: ${sums.alreadyDone}`);
  if (sums.skipped > 0) console.log(describeSkipped(sums));
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
