import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { z } from 'zod';
import { PROJECT, readProjectFile } from '../support/project.js';

const lockSchema = z.object({
  packages: z.record(z.string(), z.object({ dev: z.boolean().optional() })),
});

/**
 * Puts the packages that `npm ci --omit=dev` installs into `folder`/node_modules, as hard links where the file
 * system can.
 */
export async function copyProductionModules(folder: string): Promise<void> {
  const { packages } = lockSchema.parse(JSON.parse(readProjectFile('package-lock.json')));
  const wanted = Object.entries(packages)
    .filter(([place, { dev }]) => dev !== true && place.lastIndexOf('node_modules/') === 0)
    .map(([place]) => place)
    // Optional packages of other platforms.
    .filter((place) => existsSync(path.join(PROJECT, place)));
  const copy = (...how: string[]) =>
    promisify(execFile)('cp', ['--recursive', ...how, '--parents', ...wanted, folder], {
      cwd: PROJECT,
    });
  await copy('--link').catch(() => copy('--force'));
}
