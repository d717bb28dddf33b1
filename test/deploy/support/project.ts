import { readFileSync } from 'node:fs';
import path from 'node:path';
import { DIST } from '../../support/start-app.js';

export const PROJECT = path.dirname(DIST);

export function readProjectFile(name: string): string {
  return readFileSync(path.join(PROJECT, name), 'utf8');
}
