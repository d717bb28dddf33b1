import { describe, expect, it } from '@jest/globals';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { DIST } from '../../support/start-app.js';
import { PROJECT, readProjectFile } from '../support/project.js';
import { unknownToCli } from '../support/service-settings.js';
import * as rules from './dockerfile-rules.js';
import { type Context, type DockerfileRule } from './dockerfile-rules.js';
import { dockerIgnore, environmentOf, parseDockerfile } from './dockerfile.js';

const SERVICE_OF = {
  ingest: 'ingest',
  embedder: 'embedder',
  'embedder-cuda': 'embedder',
  'embedder-tensorflow': 'embedder',
  matcher: 'matcher',
} as const;

const ignored = dockerIgnore(readProjectFile('.dockerignore'));
const context: Context = {
  has: (file) => existsSync(path.join(PROJECT, file)) && !ignored(file),
  runs: (file) =>
    file.startsWith('dist/')
      ? existsSync(path.join(DIST, file.slice('dist/'.length)))
      : existsSync(path.join(PROJECT, file)),
  targets: [...Object.keys(SERVICE_OF), 'models', 'cli'],
  services: SERVICE_OF,
};

/** For each rule a Dockerfile that breaks it, and the message that the rule reports. */
const BAD: Record<keyof typeof rules, [dockerfile: string, problem: RegExp]> = {
  targetsExist: ['FROM node:20.20.2-bookworm-slim AS other', /stage ingest does not exist/],
  copySourcesExist: [
    'FROM node:20.20.2-bookworm-slim AS ingest\nCOPY --from=later /app /app\nCOPY test test\nCOPY no-such no-such',
    /later is not an earlier stage.*test is not in the build context.*no-such is not/s,
  ],
  basesArePinned: [
    'ARG NODE=node:latest\nFROM ${NODE} AS ingest\nFROM node AS cli\nFROM registry.example/node:20.20.2 AS matcher\nFROM node:20.20.2@sha256:abc AS models',
    /latest has a tag that is not a full version.*node has no tag.*registry host.*invalid digest/s,
  ],
  targetsAreNotRoot: [
    'FROM node:20.20.2-bookworm-slim AS ingest\nUSER 10001\nUSER node',
    /ingest runs as node.*matcher runs as root/s,
  ],
  addIsNotUsed: [
    'FROM node:20.20.2-bookworm-slim AS ingest\nADD https://example.org/x.tar.gz /x',
    /line 2: use COPY instead of ADD/,
  ],
  packageListsAreRemoved: [
    'FROM node:20.20.2-bookworm-slim AS ingest\nRUN apt-get update && apt-get install -y curl',
    /line 2: the package lists of apt/,
  ],
  targetsCannotInstall: [
    'FROM node:20.20.2-bookworm-slim AS ingest\nRUN npm ci',
    /keeps \/usr\/local\/bin\/npm.*line 2: ingest/s,
  ],
  compilerIsRemoved: [
    'FROM node:20.20.2-bookworm-slim AS modules\nRUN npm ci --omit=dev && rm -rf node_modules/typescript\nRUN npm install --no-save --omit=dev x',
    /line 3: TypeScript stays/,
  ],
  basesAreRuntimeImages: [
    'FROM node:20.20.2-bookworm AS ingest\nFROM nvidia/cuda:12.8.1-cudnn-devel-ubuntu22.04 AS embedder-cuda\nENV INFERENCE_ENGINE=onnxruntime\nFROM nvidia/cuda:12.8.1-cudnn-runtime-ubuntu22.04 AS embedder-tensorflow\nENV INFERENCE_ENGINE=tensorflow',
    /ingest runs on node:20.20.2-bookworm\n.*embedder-cuda runs on.*-devel-.*embedder-tensorflow runs on.*:12/s,
  ],
  packsAreVerified: [
    'FROM node:20.20.2-bookworm-slim AS packs\nRUN cli models verify && cli models pull x',
    /packs does not verify its model packs/,
  ],
  allocatorArenasAreLimited: [
    'FROM node:20.20.2-bookworm-slim AS ingest\nENTRYPOINT ["node", "dist/x.js"]',
    /ingest does not set MALLOC_ARENA_MAX=2/,
  ],
  imagesHoldNoSecrets: [
    'FROM node:20.20.2-bookworm-slim AS ingest\nARG NPM_TOKEN\nENV REDIS_PASSWORD=x',
    /NPM_TOKEN.*REDIS_PASSWORD/s,
  ],
  entryPointsExist: [
    'FROM node:20.20.2-bookworm-slim AS ingest\nENTRYPOINT node dist/apps/ingest/src/main.js\nFROM ingest AS matcher\nENTRYPOINT ["node", "dist/apps/none/src/main.js"]',
    /ingest has no ENTRYPOINT in list form.*matcher starts node dist\/apps\/none/s,
  ],
  healthIsChecked: [
    'FROM node:20.20.2-bookworm-slim AS ingest\nENV PORT=7001\nHEALTHCHECK CMD ["curl", "-f", "http://127.0.0.1"]',
    /ingest has the HEALTHCHECK CMD \["curl".*matcher has no HEALTHCHECK/s,
  ],
  settingsAreValid: [
    'FROM node:20.20.2-bookworm-slim AS ingest\nENV HOTS=0.0.0.0 LOG_FORMAT=xml PORT=7001\nEXPOSE 80',
    /^ingest: ingest has no setting HOTS\ningest: LOG_FORMAT=xml is not valid\ningest: PORT and EXPOSE must be 7001$/,
  ],
  stagesAreUsed: ['FROM node:20.20.2-bookworm-slim AS forgotten', /stage forgotten is not used/],
};

const dockerfile = parseDockerfile(readProjectFile('Dockerfile'));

describe('Dockerfile', () => {
  it.each(Object.entries(rules))('passes %s', (_, rule: DockerfileRule) => {
    expect(rule(dockerfile, context)).toEqual([]);
  });

  it.each(Object.entries(BAD))(
    'is rejected by %s when it breaks the rule',
    (name, [text, problem]) => {
      const rule = rules[name as keyof typeof rules];
      expect(rule(parseDockerfile(text), context).join('\n')).toMatch(problem);
    },
  );

  it('sets only variables that the command line reads', () => {
    // Set by the base stage, for the services.
    const others = ['MODELS_DIR'];
    const names = Object.keys(environmentOf(dockerfile, 'cli'));
    expect(unknownToCli(names.filter((name) => !others.includes(name)))).toEqual([]);
    expect(unknownToCli(['SIGHTLINE_DATA_DIRR'])).toEqual(['SIGHTLINE_DATA_DIRR']);
  });
});

describe('.dockerignore', () => {
  it('excludes tests, secrets and build results from the build context', () => {
    const paths = ['.env', '.git/config', 'node_modules/x', 'models/x', 'test/x.ts', 'dist/x.js'];
    expect(paths.filter((name) => !ignored(name))).toEqual([]);
    expect(ignored('apps/ingest/src/imports/plan-page.spec.ts')).toBe(true);
    expect(ignored('apps/ingest/src/main.ts')).toBe(false);
  });
});
