import { describe, expect, it } from '@jest/globals';
import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { filesUnder, PROJECT, readProjectFile } from '../deploy/support/project.js';
import { CAPITAL_NAME, documentProblems, type Referable } from './document-problems.js';

const DOCUMENTS = [
  ...readdirSync(PROJECT).filter((name) => name.endsWith('.md')),
  ...filesUnder('docs', /\.md$/),
];
const packageSchema = z.object({ scripts: z.record(z.string(), z.string()) });
const SOURCES = ['apps', 'libs', 'deploy', 'scripts', 'bench', 'test']
  .flatMap((folder) => filesUnder(folder, /\.(ts|mjs)$/))
  // The tests of this folder invent names.
  .filter((file) => !file.startsWith('test/docs'))
  .map(readProjectFile)
  .join('\n');
/** Names of other programs that our code does not contain. */
const FOREIGN_NAMES = ['GLIBCXX_3', 'NVIDIA_TF32_OVERRIDE'];

/** Everything in this checkout that a document in `folder` may refer to. */
function referable(folder: string): Referable {
  const { scripts } = packageSchema.parse(JSON.parse(readProjectFile('package.json')));
  const routes = SOURCES.matchAll(/path: '\/v1\/([\w-]+)/g);
  const variables = ['Dockerfile', 'docker-compose.yml', '.env.example'].map(readProjectFile);
  const known = [SOURCES, ...variables].join('\n').match(CAPITAL_NAME) ?? [];
  return {
    scripts: new Set(Object.keys(scripts)),
    names: new Set([...FOREIGN_NAMES, ...known]),
    resources: new Set([...routes].map(([, resource]) => resource!)),
    exists: (to) => existsSync(path.join(PROJECT, folder, decodeURIComponent(to))),
    inProject: (to) => existsSync(path.join(PROJECT, to)),
  };
}

describe('the documents', () => {
  it.each(DOCUMENTS)('%s refers only to things that exist', (document) => {
    const text = readProjectFile(document);
    expect(documentProblems(text, referable(path.dirname(document)))).toEqual([]);
  });

  it('are checked against scripts, names, routes and files', () => {
    const text = `
      \`npm run demo\` and \`npm run --silent no-such-script\`, [here](README.md#use-it),
      [there](docs/no-such-file.md), REDIS_URL or NO_SUCH_SETTING, \`libs/shared\`, \`apps/no-such-file.ts\`,
      \`GET /v1/imports/:id\`, \`POST /v1/no-such-thing\`, [elsewhere](https://example.org/v1/other)`;
    expect(documentProblems(text, referable('.'))).toEqual([
      'no npm script no-such-script',
      'no name NO_SUCH_SETTING',
      'no resource no-such-thing',
      'no file docs/no-such-file.md',
      'no file apps/no-such-file.ts',
    ]);
  });
});
