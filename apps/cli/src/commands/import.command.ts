import { type Command } from 'commander';
import { loadCliConfig } from '../cli.config.js';
import { findServices } from '../client/find-services.js';
import { type MatcherApi } from '../client/matcher-api.js';
import { resolveArchive } from '../launcher/stores.js';
import {
  allAccountedFor,
  describeCodes,
  describeProblem,
  describeSums,
  sumUp,
} from '../output/accounting.js';
import { followImport, describePace } from '../output/progress.js';

export function registerImportCommand(program: Command): void {
  program
    .command('import')
    .description('import an archive of images and show how it goes')
    .argument('<archive>', 'folder, s3://bucket/prefix, or STORE[/PREFIX] of a configured store')
    .option('--detach', 'print the id of the import and return at once', false)
    .action(runImport);
}

async function runImport(archive: string, options: { detach: boolean }): Promise<void> {
  const { ingest, matcher, stores } = await findServices(loadCliConfig());
  const { store, prefix } = resolveArchive(archive, stores);
  await warnOfNoNames(matcher);
  const { id } = await ingest.startImport(store, prefix);
  if (options.detach) {
    console.log(id);
    return;
  }
  console.error(`import ${id} of ${store}${prefix && `/${prefix}`}`);
  const view = await followImport(ingest, id);
  console.error(describePace(view));
  const sums = sumUp(view);
  console.log(`${view.status}: ${describeSums(sums)}`);
  const codes = describeCodes(view);
  if (codes !== null) console.log(`refused or failed: ${codes}`);
  if (view.error) console.log(describeProblem(view.error));
  if (sums.alreadyDone > 0) console.log(`done before: ${sums.alreadyDone}`);
  if (sums.skipped > 0) console.log(`skipped, no image by its name: ${sums.skipped}`);
  if (view.status !== 'done' || !allAccountedFor(sums)) process.exitCode = 1;
}

/** Recording who cannot be named is a use of its own, so it is no error; nor is a matcher that is away. */
async function warnOfNoNames(matcher: MatcherApi): Promise<void> {
  const problem = await matcher.namingProblem().catch(() => null);
  if (problem === null) return;
  console.error(`nobody will be named, now or when thresholds come later: ${problem}`);
}
