import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { PROJECT } from '../support/project.js';

/** Runs a script of deploy/ as a container does; resolves to what it printed, rejects with what it said. */
export async function runTool(
  name: string,
  settings: Readonly<Record<string, string>>,
): Promise<string> {
  const { stdout } = await promisify(execFile)(process.execPath, [`deploy/${name}`], {
    cwd: PROJECT,
    env: { PATH: process.env.PATH, ...settings },
  });
  return stdout;
}
