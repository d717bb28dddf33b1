import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { DIST } from './start-app.js';

export interface TestQdrant {
  readonly url: string;
  readonly apiKey: string | undefined;
  /** Null if the server was not started here. */
  readonly pid: number | null;
  /** @throws Error with the violations of Qdrant's API description */
  stop(): Promise<void>;
}

/** Starts the strict double in its own process, or uses the real server of SIGHTLINE_TEST_QDRANT_URL. */
export async function startQdrant(): Promise<TestQdrant> {
  const { SIGHTLINE_TEST_QDRANT_URL: real, SIGHTLINE_TEST_QDRANT_API_KEY: apiKey } = process.env;
  if (real) return { url: real, apiKey, pid: null, stop: () => Promise.resolve() };
  const child = spawn(process.execPath, [path.join(DIST, 'test/support/qdrant-double.main.js')], {
    env: { ...process.env, PORT: '0', QDRANT_API_KEY: '' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let complaints = '';
  child.stderr.on('data', (chunk: Buffer) => (complaints += chunk.toString()));
  const exited = once(child, 'exit');
  const [url] = (await once(createInterface(child.stdout), 'line')) as [string];
  return {
    url,
    apiKey: undefined,
    pid: child.pid!,
    async stop() {
      child.kill('SIGTERM');
      await exited;
      if (child.exitCode !== 0) throw new Error(`Qdrant was misused:\n${complaints}`);
    },
  };
}
