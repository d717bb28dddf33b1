import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';

const MODELS_DIR = path.resolve(process.env.SIGHTLINE_TEST_MODELS ?? 'models');
const CLI = path.resolve(import.meta.dirname, '../../apps/cli/src/main.js');

export interface CliRun {
  readonly process: ChildProcess;
  /** Output so far, stdout and stderr together. */
  output(): string;
  /** The exit code, or the signal that ended the process. */
  readonly ended: Promise<number | NodeJS.Signals>;
}

/**
 * Starts the command line tool on a data folder.
 * @param node binary that runs it
 */
export function startCli(
  dataDir: string,
  args: readonly string[],
  settings: Readonly<Record<string, string>> = {},
  node: string = process.execPath,
): CliRun {
  const child = spawn(node, [CLI, ...args], {
    env: {
      PATH: process.env.PATH,
      HOME: process.env.HOME,
      SIGHTLINE_DATA_DIR: dataDir,
      MODELS_DIR,
      ...settings,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  const collect = (chunk: Buffer) => (output += chunk.toString());
  child.stdout.on('data', collect);
  child.stderr.on('data', collect);
  const ended = once(child, 'close').then(
    ([code, signal]) => (code ?? signal) as number | NodeJS.Signals,
  );
  return { process: child, output: () => output, ended };
}

/** Runs the command line tool until it ends. */
export async function runCli(
  dataDir: string,
  ...args: string[]
): Promise<{ code: number | NodeJS.Signals; output: string }> {
  const run = startCli(dataDir, args);
  return { code: await run.ended, output: run.output() };
}
