import { readModelChoice } from './model-choice.js';

type Environment = Readonly<Record<string, string>>;

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
  return { ...choice, ...env };
}
