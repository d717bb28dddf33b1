import { readModelChoice } from './model-choice.js';

type Environment = Readonly<Record<string, string>>;

/**
 * Heaps of glibc's allocator: eight a core, its default, hold 130 MiB more of an embedder's memory that
 * nobody uses (docs/soak.md). Read when a process starts, so it cannot set it itself.
 */
const ALLOCATOR = { MALLOC_ARENA_MAX: '2' };

/**
 * What the services get for their environment: this process's own, and the packs that `models use` chose
 * where it names none.
 * @param report told about a choice that the environment overrules, in words
 */
export async function serviceEnvironment(
  dataDir: string,
  env: Environment,
  report: (message: string) => void,
): Promise<Environment> {
  const choice = await readModelChoice(dataDir);
  for (const [name, chosen] of Object.entries(choice)) {
    const given = env[name];
    if (given === undefined || given === chosen) continue;
    report(`${name}=${given} of the environment is used, not ${chosen} as models use chose`);
  }
  return { ...ALLOCATOR, ...choice, ...env };
}
