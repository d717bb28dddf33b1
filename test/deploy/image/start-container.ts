import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { waitUntil } from '../../support/wait-until.js';
import { commandOf, environmentOf, type Stage } from './dockerfile.js';

/** Of the images: owns nothing on this machine. */
const USER = 10001;

export interface RunningContainer {
  log(): string;
  /** Runs the image's HEALTHCHECK; resolves to its exit code. */
  checkHealth(): Promise<number | null>;
  /** SIGTERM, then the exit code. */
  stop(): Promise<number | null>;
}

/**
 * Runs the entry point of a staged image with the environment and, where this process may choose one, the user of
 * the image; with no home and no files that it may write but those under TMPDIR.
 */
export function startContainer(
  stages: readonly Stage[],
  target: string,
  folder: string,
  settings: Readonly<Record<string, string>>,
): RunningContainer {
  const user = process.getuid?.() === 0 ? { uid: USER, gid: USER } : {};
  const options = {
    ...user,
    cwd: folder,
    env: {
      PATH: process.env.PATH,
      HOME: '/nonexistent',
      ...environmentOf(stages, target),
      ...settings,
    },
  };
  const run = (words: readonly string[]) =>
    spawn(words[0] === 'node' ? process.execPath : words[0]!, words.slice(1), options);
  const child = run(commandOf(stages, target, 'ENTRYPOINT')!);
  const exited = once(child, 'exit');
  let log = '';
  const collect = (chunk: Buffer) => (log = (log + chunk.toString()).slice(-20_000));
  child.stdout.on('data', collect);
  child.stderr.on('data', collect);
  return {
    log: () => log,
    async checkHealth() {
      const [code] = (await once(run(commandOf(stages, target, 'HEALTHCHECK')!), 'exit')) as [
        number | null,
      ];
      return code;
    },
    async stop() {
      child.kill('SIGTERM');
      await exited;
      return child.exitCode;
    },
  };
}

/** Resolves when HEALTHCHECK passes. */
export async function untilHealthy(container: RunningContainer): Promise<void> {
  await waitUntil(
    'the container to be healthy',
    async () => (await container.checkHealth()) === 0,
    60_000,
    500,
  ).catch((error: unknown) => {
    throw new Error(`${String(error)}\n${container.log()}`);
  });
}
