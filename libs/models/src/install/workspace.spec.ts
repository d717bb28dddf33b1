import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { mkdir, mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { identify } from '#shared/platform/runtime/process-identity.js';
import { removeLeftovers, withWorkspace } from './workspace.js';

let modelsDir: string;

beforeEach(async () => {
  modelsDir = await mkdtemp(path.join(os.tmpdir(), 'sightline-workspace-'));
});
afterEach(() => rm(modelsDir, { recursive: true }));

/** A workspace whose owner has this number and started long ago, by another count than any process of now. */
async function leave(name: string, owner: object | null): Promise<string> {
  const folder = path.join(modelsDir, name);
  await mkdir(folder, { recursive: true });
  if (owner) await writeFile(path.join(folder, 'owner.json'), JSON.stringify(owner));
  return folder;
}
const dead = { host: os.hostname(), process: { pid: process.pid, startTicks: 'another' } };

describe('withWorkspace', () => {
  it('removes the folder, also when the work fails', async () => {
    await withWorkspace(modelsDir, 'p', async (folder) => writeFile(path.join(folder, 'x'), ''));
    await expect(
      withWorkspace(modelsDir, 'p', () => Promise.reject(new Error('no'))),
    ).rejects.toThrow('no');
    expect(await readdir(modelsDir)).toEqual([]);
  });
});

describe('removeLeftovers', () => {
  it('removes the folder of a process that has ended, but not of a running one', async () => {
    await leave('.fr-feature-abc123', dead);
    await leave('.mine-abcdef', { host: os.hostname(), process: identify(process.pid) });
    await leave('.cache', null);
    await leave('fr-feature', null);
    await removeLeftovers(modelsDir);
    expect((await readdir(modelsDir)).sort()).toEqual(['.cache', '.mine-abcdef', 'fr-feature']);
  });

  it('removes the folder of another machine or an unknown owner only after a day', async () => {
    const away = await leave('.one-abcdef', { ...dead, host: 'elsewhere' });
    const nobody = await leave('.two-abcdef', null);
    await removeLeftovers(modelsDir);
    expect(await readdir(modelsDir)).toHaveLength(2);
    const longAgo = new Date(Date.now() - 25 * 3600_000);
    for (const folder of [away, nobody]) await utimes(folder, longAgo, longAgo);
    await removeLeftovers(modelsDir);
    expect(await readdir(modelsDir)).toEqual([]);
  });

  it('restores a pack that was moved away and never replaced', async () => {
    await mkdir(path.join(await leave('.mine-abcdef', dead), 'replaced', 'old'), {
      recursive: true,
    });
    await removeLeftovers(modelsDir);
    expect(await readdir(path.join(modelsDir, 'mine'))).toEqual(['old']);
    expect(await readdir(modelsDir)).toEqual(['mine']);
  });

  it('keeps an installed pack instead of the one that was moved away', async () => {
    await mkdir(path.join(await leave('.mine-abcdef', dead), 'replaced', 'old'), {
      recursive: true,
    });
    await mkdir(path.join(modelsDir, 'mine', 'new'), { recursive: true });
    await removeLeftovers(modelsDir);
    expect(await readdir(path.join(modelsDir, 'mine'))).toEqual(['new']);
  });

  it('does nothing when the folder does not exist', async () => {
    await removeLeftovers(path.join(modelsDir, 'absent'));
  });
});
