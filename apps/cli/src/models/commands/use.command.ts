import { type Command } from 'commander';
import { usePack, type UseRequest } from '../use-pack.js';

/** Adds `models use`. */
export function registerUse(models: Command): void {
  models
    .command('use')
    .description('choose the pack that up and demo start the services with')
    .argument('<name>', 'embedding pack')
    .option('--detection <name>', 'detection pack; the one in use unless told')
    .option(
      '--rebuild',
      'embed the gallery again with it, from the photographs that people were enrolled from',
      false,
    )
    .action((name: string, options: UseRequest) => usePack(name, options));
}
