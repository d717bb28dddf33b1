import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { readModelChoice, writeModelChoice, serviceEnvironment } from './service-environment.js';

let dataDir: string;
let messages: string[];

beforeEach(async () => {
  dataDir = path.join(await mkdtemp(path.join(tmpdir(), 'sightline-choice-')), 'data');
  messages = [];
});
afterEach(() => rm(path.dirname(dataDir), { recursive: true }));

const environment = (env: Record<string, string>) =>
  serviceEnvironment(dataDir, env, (message) => messages.push(message));

describe('serviceEnvironment', () => {
  it('is the environment of this process if no pack was chosen', async () => {
    expect(await environment({ PATH: '/bin' })).toEqual({ PATH: '/bin', MALLOC_ARENA_MAX: '2' });
  });

  it('contains the chosen packs', async () => {
    await writeModelChoice(dataDir, { MODEL_PACK: 'mine', DETECTION_PACK: 'finder' });
    expect(await environment({ PATH: '/bin' })).toEqual({
      PATH: '/bin',
      MODEL_PACK: 'mine',
      DETECTION_PACK: 'finder',
      MALLOC_ARENA_MAX: '2',
    });
    expect(await readdir(dataDir)).toEqual(['models.json']);
  });

  it('lets the environment override a choice, and reports it', async () => {
    await writeModelChoice(dataDir, { MODEL_PACK: 'mine', DETECTION_PACK: 'finder' });
    const env = { MODEL_PACK: 'other', DETECTION_PACK: 'finder', MALLOC_ARENA_MAX: '4' };
    expect(await environment(env)).toEqual(env);
    expect(messages).toEqual([expect.stringMatching(/MODEL_PACK=other.* overrides mine/)]);
  });
});

describe('readModelChoice', () => {
  it.each(['{', '[]', '{"MODEL_PACK":3}', '{"PACK":"mine"}'])('refuses %s', async (text) => {
    await writeModelChoice(dataDir, {});
    await writeFile(path.join(dataDir, 'models.json'), text);
    await expect(readModelChoice(dataDir)).rejects.toMatchObject({ code: 'MODEL_CHOICE_INVALID' });
  });
});
