#!/usr/bin/env node
import { Command } from 'commander';
import { productVersion } from '#shared/platform/runtime/product-version.js';
import { endOnBrokenOutput } from './broken-output.js';
import { describeError } from './cli-error.js';
import { registerDemoCommand } from './commands/demo/demo.command.js';
import { registerDlqCommand } from './commands/dlq.command.js';
import { registerEventsCommand } from './commands/events.command.js';
import { registerIdentifyCommand } from './commands/identify.command.js';
import { registerImportCommand } from './commands/import.command.js';
import { registerImportsCommand } from './commands/imports.command.js';
import { registerModelsCommand } from './commands/models/models.command.js';
import { registerPeopleCommand } from './commands/people.command.js';
import { registerPhotographsCommand } from './commands/photographs.command.js';
import { registerRetentionCommand } from './commands/retention.command.js';
import { registerUpCommand } from './commands/up.command.js';
import { registerVerifyCommand } from './commands/verify.command.js';
import { refuseUnknownCommand } from './known-command.js';

endOnBrokenOutput();
const program = new Command('sightline')
  .description('Finds and names faces in large archives of images.')
  .version(productVersion());
registerUpCommand(program);
registerDemoCommand(program);
registerPeopleCommand(program);
registerImportCommand(program);
registerImportsCommand(program);
registerDlqCommand(program);
registerRetentionCommand(program);
registerVerifyCommand(program);
registerIdentifyCommand(program);
registerEventsCommand(program);
registerModelsCommand(program);
registerPhotographsCommand(program);

try {
  refuseUnknownCommand(program, process.argv.slice(2));
  await program.parseAsync();
} catch (error) {
  console.error(describeError(error));
  process.exitCode = 1;
}
