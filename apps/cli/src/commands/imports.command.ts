import { type Command } from 'commander';
import { importsHttp, type ImportView } from '#shared/contracts/http/imports.http.js';
import { loadCliConfig } from '../cli.config.js';
import { findServices } from '../client/services.js';
import {
  describeCodes,
  describeProblem,
  describeSkipped,
  describeSums,
  sumUp,
} from '../output/accounting.js';
import { describeProgress, isOver, progressOf } from '../output/progress.js';
import { formatTable, printable } from '../output/table.js';

type ImportAction = 'pause' | 'resume' | 'cancel';

const ACTIONS: Readonly<Record<ImportAction, string>> = {
  pause: 'pause an import; images that are in the queues already are still processed',
  resume: 'continue a paused import',
  cancel: 'cancel an import; images that are not finished are not processed',
};

export function registerImportsCommand(program: Command): void {
  const imports = program
    .command('imports')
    .description('list, show, pause, resume and cancel imports, and list what they skipped');
  imports.command('list').description('list all imports, newest first').action(list);
  imports
    .command('show')
    .description(
      'show the progress of an import, and its images without a face, refused and failed images',
    )
    .argument('<id>', 'id of the import')
    .option('--json', 'print the JSON response of the service', false)
    .action(show);
  imports
    .command('skipped')
    .description('list the objects that an import did not look at, with the reason')
    .argument('<id>', 'id of the import')
    .action(skipped);
  for (const action of Object.keys(ACTIONS) as ImportAction[]) {
    imports
      .command(action)
      .description(ACTIONS[action])
      .argument('<id>', 'id of the import')
      .action((id: string) => change(id, action));
  }
}

async function list(): Promise<void> {
  const { ingest } = await findServices(loadCliConfig());
  const { imports } = await ingest.call(importsHttp.list);
  const rows = imports.map((view) => {
    const { done, total } = progressOf(view);
    return [view.id, view.status, done, total, `${view.store}/${view.prefix}`];
  });
  console.log(formatTable(['IMPORT', 'STATUS', 'DONE', 'LISTED', 'ARCHIVE'], rows));
}

async function show(id: string, options: { json: boolean }): Promise<void> {
  const { ingest } = await findServices(loadCliConfig());
  const view = await ingest.call(importsHttp.read, { params: { id } });
  if (options.json) {
    console.log(JSON.stringify(view, null, 2));
    return;
  }
  print(view);
  const images = ingest.each(importsHttp.images, { params: { id } }, (page) => page.images);
  for await (const image of images) {
    const reason = image.code ? `  ${image.code}: ${image.message ?? ''}` : '';
    console.log(`${image.outcome}  ${printable(image.key)}${printable(reason)}`);
  }
}

async function skipped(id: string): Promise<void> {
  const { ingest } = await findServices(loadCliConfig());
  const objects = ingest.each(importsHttp.skipped, { params: { id } }, (page) => page.skipped);
  for await (const { key, reason } of objects) console.log(`${reason}  ${printable(key)}`);
}

async function change(id: string, action: ImportAction): Promise<void> {
  const { ingest } = await findServices(loadCliConfig());
  print(await ingest.call(importsHttp[action], { params: { id } }));
}

function print(view: ImportView): void {
  console.log(`import ${view.id} of ${view.store}/${view.prefix}: ${view.status}`);
  console.log(describeProgress(progressOf(view)));
  console.log(describeSums(sumUp(view), isOver(view)));
  const codes = describeCodes(view);
  if (codes !== null) console.log(`refused or failed, by error code: ${codes}`);
  if (view.error) console.log(describeProblem(view.error));
  const skipped = describeSkipped(view);
  if (skipped !== null) console.log(`skipped, by reason: ${skipped}`);
}
