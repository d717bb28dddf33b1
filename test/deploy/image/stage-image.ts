import { cp, mkdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { DIST } from '../../support/start-app.js';
import { PROJECT } from '../support/project.js';
import { type Stage, stepsOf } from './dockerfile.js';
import { copyProductionModules } from './production-modules.js';

/**
 * Lays out in `root` the files that a target of the Dockerfile copies, from what its other stages would have
 * made: the compiled output and the production packages of this checkout.
 * @returns the folder its entry point runs in
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
    // What .dockerignore lets the compiler see.
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

/** What a stage deletes of the packages that it has installed. */
function removedFrom(stages: readonly Stage[], name: string): string[] {
  return stepsOf(stages, name).flatMap(({ text }) => {
    const list = /rm -rf (node_modules\/[^&]+)/.exec(text)?.[1] ?? '';
    return list.split(/\s+/).filter((place) => place !== '');
  });
}
