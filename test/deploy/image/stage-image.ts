import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { cp, mkdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { z } from 'zod';
import { DIST } from '../../support/start-app.js';
import { PROJECT, readProjectFile } from '../support/project.js';
import { type Stage, stepsOf } from './dockerfile.js';

/**
 * Copies the files of a Dockerfile target to `root`. The results of other stages are replaced by the compiled output
 * and the production packages of this checkout.
 * @returns the working directory of the entry point
 */
export async function stageImage(
  stages: readonly Stage[],
  target: string,
  root: string,
): Promise<string> {
  let workdir = '/';
  for (const { keyword, text, flags, words } of stepsOf(stages, target)) {
    if (keyword === 'WORKDIR') workdir = text;
    if (keyword !== 'COPY') continue;
    const destination = path.join(root, path.resolve(workdir, words.at(-1)!));
    for (const source of words.slice(0, -1)) {
      const into = words.at(-1)!.endsWith('/') ? path.basename(source) : '';
      await copy(stages, flags.from, source, path.join(destination, into));
    }
  }
  return path.join(root, workdir);
}

async function copy(
  stages: readonly Stage[],
  from: string | undefined,
  source: string,
  destination: string,
): Promise<void> {
  await mkdir(path.dirname(destination), { recursive: true });
  if (from === undefined) {
    await cp(path.join(PROJECT, source), destination, { recursive: true });
  } else if (from === 'build' && source === '/app/dist') {
    // .dockerignore excludes the tests from the build.
    for (const part of ['apps', 'libs']) {
      await cp(path.join(DIST, part), path.join(destination, part), {
        recursive: true,
        filter: (file) => !/\.spec\.js(\.map)?$/.test(file),
      });
    }
  } else if (from === 'dependencies' && source === '/app/node_modules') {
    await copyProductionModules(path.dirname(destination));
    for (const place of removedFrom(stages, from)) {
      await rm(path.join(path.dirname(destination), place), { recursive: true });
    }
  } else {
    throw new Error(`cannot stage ${source} of stage ${from}`);
  }
}

/** Packages that a stage deletes after the installation. */
function removedFrom(stages: readonly Stage[], name: string): string[] {
  return stepsOf(stages, name).flatMap(({ text }) => {
    const list = /rm -rf (node_modules\/[^&]+)/.exec(text)?.[1] ?? '';
    return list.split(/\s+/).filter((place) => place !== '');
  });
}

const lockSchema = z.object({
  packages: z.record(z.string(), z.object({ dev: z.boolean().optional() })),
});

/**
 * Copies the packages that `npm ci --omit=dev` installs to `folder`/node_modules, as hard links if the file system
 * supports them.
 */
async function copyProductionModules(folder: string): Promise<void> {
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
