import { describe, expect, it } from '@jest/globals';
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { z } from 'zod';

const { scripts } = z
  .object({ scripts: z.record(z.string(), z.string()) })
  .parse(JSON.parse(readFileSync('package.json', 'utf8')));

/** These files need Node only: they install what is missing, or read the checked-in files. */
const BEGINS_FROM_A_CLEAN_CLONE =
  /^(: "\$\{QDRANT_URL:\?[^}]+\}" && )?node scripts\/[a-z0-9-]+\.mjs/;
const ONLY_NPM_SCRIPTS = /^npm run [a-z:]+( && npm run [a-z:]+)*$/;

describe('npm scripts', () => {
  it.each(Object.entries(scripts))('%s prepares what it needs', (_, command) => {
    if (!ONLY_NPM_SCRIPTS.test(command)) expect(command).toMatch(BEGINS_FROM_A_CLEAN_CLONE);
  });

  it.each(Object.entries(scripts).filter(([, command]) => command.includes('set-up.mjs')))(
    '%s names known parts, and builds what it runs',
    (_, command) => {
      const parts = /set-up\.mjs ([a-z ]+) && (.*)$/.exec(command);
      const known = ['modules', 'build', 'redis', 'models'];
      expect(parts![1]!.split(' ').filter((part) => !known.includes(part))).toEqual([]);
      if (parts![2]!.includes('dist/')) expect(parts![1]).toMatch(/^build\b/);
    },
  );

  it('fail with the usage of the set-up for an unknown part', async () => {
    const run = promisify(execFile)(process.execPath, ['scripts/set-up.mjs', 'nonsense']);
    await expect(run).rejects.toMatchObject({
      code: 1,
      stderr: expect.stringContaining('usage: node scripts/set-up.mjs modules|build|redis|models'),
    });
  });

  it('have no setting in .npmrc that npm does not know', () => {
    const names = readFileSync('.npmrc', 'utf8')
      .split('\n')
      .filter((line) => /^[a-z-]+=/.test(line))
      .map((line) => line.split('=')[0]);
    expect(names).toEqual(['ignore-scripts', 'fund', 'audit']);
  });
});
