#!/usr/bin/env node
import { program } from 'commander';
import { registerModelsCommand } from './models/models.command.js';

program.name('sightline').description('finds and names faces in very many images');
registerModelsCommand(program);

try {
  await program.parseAsync();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
