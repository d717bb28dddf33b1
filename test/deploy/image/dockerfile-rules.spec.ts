import { describe, expect, it } from '@jest/globals';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { DIST } from '../../support/start-app.js';
import { PROJECT, readProjectFile } from '../support/project.js';
import { unknownToCli } from '../support/service-settings.js';
import { dockerIgnore } from './docker-ignore.js';
import * as rules from './dockerfile-rules.js';
import { type Context, type DockerfileRule } from './dockerfile-rules.js';
import { environmentOf, parseDockerfile } from './dockerfile.js';
import { imageSettingProblems } from './image-settings.js';

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
};

/** For each rule a Dockerfile that breaks it, and what the rule says. */
const BAD: Record<keyof typeof rules, [dockerfile: string, problem: RegExp]> = {
  targetsExist: ['FROM node:20.20.2-bookworm-slim AS other', /no stage ingest/],
  copySourcesExist: [
    'FROM node:20.20.2-bookworm-slim AS ingest\nCOPY --from=later /app /app\nCOPY test test\nCOPY no-such no-such',
    /no earlier stage later.*test is not in the build context.*no-such is not/s,
  ],
  basesArePinned: [
    'ARG NODE=node:latest\nFROM ${NODE} AS ingest\nFROM node AS cli\nFROM registry.example/node:20.20.2 AS matcher\nFROM node:20.20.2@sha256:abc AS models',
    /latest has a tag that moves.*node has no tag.*registry's host.*digest that is none/s,
  ],
  targetsAreNotRoot: [
    'FROM node:20.20.2-bookworm-slim AS ingest\nUSER 10001\nUSER node',
    /ingest runs as node.*matcher runs as root/s,
  ],
  nothingIsAdded: [
    'FROM node:20.20.2-bookworm-slim AS ingest\nADD https://example.org/x.tar.gz /x',
    /line 2: ADD/,
  ],
  noPackageListsAreLeft: [
    'FROM node:20.20.2-bookworm-slim AS ingest\nRUN apt-get update && apt-get install -y curl',
    /line 2: apt's lists/,
  ],
  targetsCannotInstall: [
    'FROM node:20.20.2-bookworm-slim AS ingest\nRUN npm ci',
    /keeps \/usr\/local\/bin\/npm.*line 2: ingest/s,
  ],
  compilerIsLeftOut: [
    'FROM node:20.20.2-bookworm-slim AS modules\nRUN npm ci --omit=dev && rm -rf node_modules/typescript\nRUN npm install --no-save --omit=dev x',
    /line 3: TypeScript stays/,
  ],
  basesAreForRunning: [
    'FROM node:20.20.2-bookworm AS ingest\nFROM nvidia/cuda:12.8.1-cudnn-devel-ubuntu22.04 AS embedder-cuda\nENV INFERENCE_ENGINE=onnxruntime\nFROM nvidia/cuda:12.8.1-cudnn-runtime-ubuntu22.04 AS embedder-tensorflow\nENV INFERENCE_ENGINE=tensorflow',
    /ingest runs on node:20.20.2-bookworm\n.*embedder-cuda runs on.*-devel-.*embedder-tensorflow runs on.*:12/s,
  ],
  packsAreVerified: [
    'FROM node:20.20.2-bookworm-slim AS packs\nRUN cli models verify && cli models pull x',
    /packs trusts its packs/,
  ],
  heapsAreFew: [
    'FROM node:20.20.2-bookworm-slim AS ingest\nENTRYPOINT ["node", "dist/x.js"]',
    /ingest does not set MALLOC_ARENA_MAX=2/,
  ],
  noSecretsInside: [
    'FROM node:20.20.2-bookworm-slim AS ingest\nARG NPM_TOKEN\nENV REDIS_PASSWORD=x',
    /NPM_TOKEN.*REDIS_PASSWORD/s,
  ],
  entryPointsRun: [
    'FROM node:20.20.2-bookworm-slim AS ingest\nENTRYPOINT node dist/apps/ingest/src/main.js\nFROM ingest AS matcher\nENTRYPOINT ["node", "dist/apps/none/src/main.js"]',
    /ingest has no entry point as a list.*matcher starts node dist\/apps\/none/s,
  ],
  healthIsChecked: [
    'FROM node:20.20.2-bookworm-slim AS ingest\nENV PORT=7001\nHEALTHCHECK CMD ["curl", "-f", "http://127.0.0.1"]',
    /ingest is checked by CMD \["curl".*matcher says nothing/s,
  ],
  noStageIsUseless: [
    'FROM node:20.20.2-bookworm-slim AS forgotten',
    /nothing uses stage forgotten/,
  ],
};

const dockerfile = parseDockerfile(readProjectFile('Dockerfile'));

describe('Dockerfile', () => {
  it.each(Object.entries(rules))('passes %s', (_, rule: DockerfileRule) => {
    expect(rule(dockerfile, context)).toEqual([]);
  });

  it.each(Object.entries(BAD))('is told by %s what is wrong', (name, [text, problem]) => {
    const rule = rules[name as keyof typeof rules];
    expect(rule(parseDockerfile(text), context).join('\n')).toMatch(problem);
  });

  it.each(Object.entries(SERVICE_OF))('sets only what the service reads: %s', (target, service) => {
    expect(imageSettingProblems(dockerfile, target, service)).toEqual([]);
  });

  it('sets only what the command line reads: cli', () => {
    // Of its base, for the services.
    const others = ['MODELS_DIR'];
    const names = Object.keys(environmentOf(dockerfile, 'cli'));
    expect(unknownToCli(names.filter((name) => !others.includes(name)))).toEqual([]);
    expect(unknownToCli(['SIGHTLINE_DATA_DIRR'])).toEqual(['SIGHTLINE_DATA_DIRR']);
  });

  it('is told of settings and ports that the service does not have', () => {
    const text =
      'FROM node:20.20.2-bookworm-slim AS ingest\nENV HOTS=0.0.0.0 LOG_FORMAT=xml PORT=7001\nEXPOSE 80';
    expect(imageSettingProblems(parseDockerfile(text), 'ingest', 'ingest')).toEqual([
      'ingest: ingest reads no HOTS',
      'ingest: LOG_FORMAT=xml',
      'ingest: its port is 7001',
    ]);
  });
});

describe('.dockerignore', () => {
  it('lets in what is built, and no test, secret or result', () => {
    const paths = ['.env', '.git/config', 'node_modules/x', 'models/x', 'test/x.ts', 'dist/x.js'];
    expect(paths.filter((name) => !ignored(name))).toEqual([]);
    expect(ignored('apps/ingest/src/imports/plan-page.spec.ts')).toBe(true);
    expect(ignored('apps/ingest/src/main.ts')).toBe(false);
  });
});
