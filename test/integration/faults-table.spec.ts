import { describe, expect, it } from '@jest/globals';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { DIST } from '../support/start-app.js';

const ROOT = path.resolve(DIST, '..');
/** The form in which docs/faults.md names a test: file and title. */
const NAMED = /`([^`]+\.(?:spec|conformance)\.ts)` › ([^<|]+)/g;

const text = await readFile(path.join(ROOT, 'docs/faults.md'), 'utf8');
const rows = text
  .split('\n')
  .filter((line) => line.startsWith('| ') && !/^\| (fault |-)/.test(line));

describe('docs/faults.md', () => {
  it.each(rows.map((row) => [row.split('|')[1]!.trim(), row]))(
    'names existing tests for: %s',
    async (_, row) => {
      const named = [...row.matchAll(NAMED)];
      expect(named.length).toBeGreaterThan(0);
      for (const [, file, title] of named) {
        const source = await readFile(path.join(ROOT, file!), 'utf8');
        expect(source).toContain(`'${title!.trim()}'`);
      }
    },
  );
});
