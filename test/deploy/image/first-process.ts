import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

const UNSHARE = ['unshare', '--pid', '--mount-proc', '--fork', '--kill-child'];

/** Whether a process may be made the first one of its own PID namespace, as it is in a container. */
const possible =
  process.getuid?.() === 0 && spawnSync(UNSHARE[0]!, [...UNSHARE.slice(1), 'true']).status === 0;

/**
 * The command that runs `words` as process 1, whose unhandled signals the kernel drops, and as `user`; `words`
 * themselves where this process may not do that.
 */
export function asFirstProcess(user: number, words: readonly string[]): readonly string[] {
  if (!possible) return words;
  return [...UNSHARE, 'setpriv', `--reuid=${user}`, `--regid=${user}`, '--clear-groups', ...words];
}

/** Sends SIGTERM to the program itself, which `asFirstProcess` may have put behind another. */
export function terminate(pid: number): void {
  const child = possible ? readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim() : pid;
  process.kill(Number(child), 'SIGTERM');
}
