import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { freePort } from './free-port.js';
import { waitUntil } from './wait-until.js';

/** Root folder of the compiled output, from which the tests run. */
export const DIST = path.resolve(import.meta.dirname, '../..');

export interface RunningApp {
  readonly url: string;
  readonly process: ChildProcess;
  /** The log so far. */
  log(): string;
  /** Sends SIGTERM and returns the exit code. */
  stop(): Promise<number | null>;
  kill(): Promise<void>;
}

/**
 * Runs one compiled service in its own process, as in production.
 * @param until the probe that must succeed first; a service may be alive but never ready
 */
export async function startApp(
  name: 'ingest' | 'embedder' | 'matcher',
  settings: Readonly<Record<string, string>>,
  until: 'ready' | 'live' = 'ready',
): Promise<RunningApp> {
  const port = await freePort();
  const child = spawn(process.execPath, [path.join(DIST, `apps/${name}/src/main.js`)], {
    env: { PATH: process.env.PATH, HOME: process.env.HOME, ...settings, PORT: String(port) },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let log = '';
  const collect = (chunk: Buffer) => (log = (log + chunk.toString()).slice(-20_000));
  child.stdout.on('data', collect);
  child.stderr.on('data', collect);
  const exited = once(child, 'exit');
  const url = `http://127.0.0.1:${port}`;
  await waitUntil(
    `${name} to be ${until}`,
    async () => {
      if (child.exitCode !== null) throw new Error(`${name} exited early:\n${log}`);
      return fetch(`${url}/health/${until}`).then(
        (response) => response.ok,
        () => false,
      );
    },
    60_000,
  ).catch((error: unknown) => {
    child.kill('SIGKILL');
    throw new Error(`${String(error)}\n${log}`);
  });
  return {
    url,
    process: child,
    log: () => log,
    async stop() {
      child.kill('SIGTERM');
      await exited;
      return child.exitCode;
    },
    async kill() {
      child.kill('SIGKILL');
      await exited;
    },
  };
}
