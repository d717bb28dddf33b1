import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { waitUntil } from '../../support/wait-until.js';
import { commandOf, environmentOf, type Stage } from './dockerfile.js';
import { asFirstProcess, terminate } from './first-process.js';

/** Of the images: owns nothing on this machine. */
const USER = 10001;

export interface RunningContainer {
  log(): string;
  /** Null while it runs. */
  exitCode(): number | null;
  /** Runs the image's HEALTHCHECK; resolves to its exit code. */
  checkHealth(): Promise<number | null>;
  /** SIGTERM, then the exit code. */
  stop(): Promise<number | null>;
}

/**
 * Runs the entry point of a staged image with the environment and, where this process may choose them, the user
 * and the process id of a container; with no home and no files that it may write but those under TMPDIR.
 */
export function startContainer(
  stages: readonly Stage[],
  target: string,
  folder: string,
  settings: Readonly<Record<string, string>>,
): RunningContainer {
  const options = {
    cwd: folder,
    env: {
      PATH: process.env.PATH,
      HOME: '/nonexistent',
      ...environmentOf(stages, target),
      ...settings,
    },
  };
  const run = (keyword: 'ENTRYPOINT' | 'HEALTHCHECK') => {
    const [program, ...rest] = commandOf(stages, target, keyword)!;
    const words = [program === 'node' ? process.execPath : program!, ...rest];
    const [first, ...others] = asFirstProcess(USER, words);
    return spawn(first!, others, options);
  };
  const child = run('ENTRYPOINT');
  const exited = once(child, 'exit');
  let log = '';
  const collect = (chunk: Buffer) => (log = (log + chunk.toString()).slice(-20_000));
  child.stdout.on('data', collect);
  child.stderr.on('data', collect);
  return {
    log: () => log,
    exitCode: () => child.exitCode,
    async checkHealth() {
      const [code] = (await once(run('HEALTHCHECK'), 'exit')) as [number | null];
      return code;
    },
    async stop() {
      terminate(child.pid!);
      await exited;
      return child.exitCode;
    },
  };
}

/** Resolves when HEALTHCHECK passes. */
export async function untilHealthy(container: RunningContainer): Promise<void> {
  await waitUntil(
    'the container to be healthy',
    async () => {
      if (container.exitCode() !== null) throw new Error('the container exited');
      return (await container.checkHealth()) === 0;
    },
    60_000,
    500,
  ).catch((error: unknown) => {
    throw new Error(`${String(error)}\n${container.log()}`);
  });
}
