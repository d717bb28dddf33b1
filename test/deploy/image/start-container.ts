import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { waitUntil } from '../../support/wait-until.js';
import { commandOf, environmentOf, type Stage } from './dockerfile.js';

/** The user of the images. Owns no file on this machine. */
const USER = 10001;

export interface RunningContainer {
  log(): string;
  /** Null while the container runs. */
  exitCode(): number | null;
  /** Runs the image's HEALTHCHECK and returns its exit code. */
  checkHealth(): Promise<number | null>;
  /** Sends SIGTERM and returns the exit code. */
  stop(): Promise<number | null>;
}

/**
 * Runs the entry point of a staged image with the environment of a container. If this process has the permission, it
 * also runs as the user of the image and as process 1. It has no home and can write only under TMPDIR.
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

const UNSHARE = ['unshare', '--pid', '--mount-proc', '--fork', '--kill-child'];

/** Whether this process has the permission to create a PID namespace, as container runtimes do. */
const possible =
  process.getuid?.() === 0 && spawnSync(UNSHARE[0]!, [...UNSHARE.slice(1), 'true']).status === 0;

/**
 * The command that runs `words` as `user` and as process 1, for which the kernel drops unhandled signals. Returns
 * `words` unchanged if this process does not have the permission.
 */
function asFirstProcess(user: number, words: readonly string[]): readonly string[] {
  if (!possible) return words;
  return [...UNSHARE, 'setpriv', `--reuid=${user}`, `--regid=${user}`, '--clear-groups', ...words];
}

/** Sends SIGTERM to the program itself, which may be a child of `unshare`. */
function terminate(pid: number): void {
  const child = possible ? readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim() : pid;
  process.kill(Number(child), 'SIGTERM');
}
