import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { DIST } from '../../support/start-app.js';

export const PROJECT = path.dirname(DIST);

export function readProjectFile(name: string): string {
  return readFileSync(path.join(PROJECT, name), 'utf8');
}

/** Files of a folder and of those in it, by their path from the project's root. */
export function filesUnder(folder: string, name: RegExp): string[] {
  return readdirSync(path.join(PROJECT, folder), { recursive: true, encoding: 'utf8' })
    .filter((file) => name.test(file) && !file.includes('node_modules'))
    .map((file) => path.join(folder, file));
}
