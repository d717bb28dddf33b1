import { describe, expect, it } from '@jest/globals';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { parseEnv } from 'node:util';
import { parse } from 'yaml';
import { parseDockerfile } from '../image/dockerfile.js';
import { PROJECT, readProjectFile } from '../support/project.js';
import { unknownToCli } from '../support/service-settings.js';
import { parseComposeFile } from './compose-file.js';
import * as rules from './compose-rules.js';
import { type ComposeRule } from './compose-rules.js';

const example = parseEnv(readProjectFile('.env.example')) as Record<string, string>;
const text = readProjectFile('docker-compose.yml');
const compose = parseComposeFile(text, example);

const bad = (services: string, rest = '') =>
  parseComposeFile(
    `name: x\nnetworks: { inner: { internal: true }, outer: {} }\nvolumes: {${rest}}\nservices:\n${services}`,
    {},
  );

/** For each rule the services that break it, and the message that the rule reports. */
const BAD: Record<keyof typeof rules, [services: string, problem: RegExp, volumes?: string]> = {
  imagesArePinned: ['  a: { image: redis, restart: always }', /a redis has no tag/],
  servicesAreHardened: [
    '  a: { image: x, restart: always, cap_drop: [ALL], init: true }',
    /a does not set read_only, no-new-privileges/,
  ],
  resourcesAreLimited: ['  a: { image: x, restart: always }', /a has no limits/],
  healthchecksAreDefined: [
    '  a: { image: x, restart: always }\n  b: { image: x, restart: always, healthcheck: { disable: true } }\n  c: { image: x, restart: on-failure }',
    /a has no healthcheck.*b disables.*c exits by itself/s,
  ],
  dependenciesHaveTheRightCondition: [
    `  a: { image: x, restart: on-failure }
  b: { image: x, restart: always, profiles: [gpu] }
  c:
    image: x
    restart: always
    depends_on:
      a: { condition: service_healthy }
      b: { condition: service_healthy }
      d: { condition: service_healthy }`,
    /waits for a with service_healthy.*b, which starts only with a profile.*d, which does not exist/s,
  ],
  addressedServicesAreStarted: [
    `  a: { image: x, restart: always, networks: [inner] }
  b: { image: x, restart: always, networks: [outer], environment: { U: 'redis://:p@a:6379', V: 'http://none:80' } }
  c: { image: x, restart: always, networks: [inner], environment: { U: 'redis://a:6379' } }`,
    /b has the address of a, but they share no network.*b has the address of none.*c has the address of a, but does not wait/s,
  ],
  redisIsDurable: [
    `  a: { image: 'redis:7.4.2', restart: always, command: [redis-server, --maxmemory, 1900mb], deploy: { resources: { limits: { cpus: '1', memory: 2g } } } }`,
    /a lacks an append-only file, noeviction, memory for a copy, a volume at \/data/,
  ],
  gracePeriodIsLongEnough: [
    '  a: { image: x, restart: always, build: { context: ., target: x }, stop_grace_period: 30s }',
    /a is killed after 30 s and may need 30 s/,
  ],
  threadsFitTheCores: [
    "  a: { image: x, restart: always, environment: { INFERENCE_THREADS: 3 }, deploy: { resources: { limits: { cpus: '2', memory: 2g } } } }",
    /a runs 3 threads on 2 cores/,
  ],
  portsArePublishedLocally: [
    "  a: { image: x, restart: always, ports: ['80:80'] }\n  b: { image: x, restart: always, ports: ['127.0.0.1:80:80'], networks: [inner] }",
    /a publishes 80:80 on all interfaces.*b publishes ports from an internal/s,
  ],
  namesExist: [
    '  a: { image: x, restart: always, networks: [none], volumes: [{ type: volume, source: lost, target: /x }] }',
    /a uses none, lost/,
  ],
  volumesAreUsed: ['  a: { image: x, restart: always }', /volume spare is not used/, 'spare: {}'],
  settingsLoad: [
    `  ingest:
    image: x
    restart: always
    build: { context: ., target: ingest }
    environment: { PORT: 7002, REDIS_URL: 'http://redis', QDRANT_URL: 'http://qdrant:6333' }
    ports: ['127.0.0.1:80:80']`,
    /REDIS_URL.*STORES.*no setting QDRANT_URL.*listens on 7002 instead of 7001.*publishes 127/s,
  ],
  gpuIsReservedByProfile: [
    '  a: { image: x, restart: always, profiles: [gpu] }',
    /a reserves no GPU/,
  ],
};

describe('docker-compose.yml', () => {
  it.each(Object.entries(rules))('passes %s', (_, rule: ComposeRule) => {
    expect(rule(compose)).toEqual([]);
  });

  it.each(Object.entries(BAD))(
    'is rejected by %s when it breaks the rule',
    (name, [services, problem, volumes]) => {
      expect(rules[name as keyof typeof rules](bad(services, volumes)).join('\n')).toMatch(problem);
    },
  );

  it('sets only variables that the command line reads', () => {
    const { environment } = Object.values(compose.services).find(
      ({ build }) => build?.target === 'cli',
    )!;
    expect(unknownToCli(Object.keys(environment))).toEqual([]);
  });

  it('reports that .env is missing', () => {
    expect(() => parseComposeFile(text, {})).toThrow('copy .env.example to .env');
  });

  it('is rejected when it has a misspelt key', () => {
    expect(() => bad('  a: { image: x, restart: always, read_olny: true }')).toThrow('read_olny');
  });

  it('builds stages of the Dockerfile, and names each image after its stage', () => {
    const stages = parseDockerfile(readProjectFile('Dockerfile')).map(({ name }) => name);
    for (const { build, image } of Object.values(compose.services)) {
      if (build === undefined) continue;
      expect(stages).toContain(build.target);
      expect(image).toBe(`sightline/${build.target}:${example.SIGHTLINE_VERSION}`);
    }
  });

  it('mounts files that exist', () => {
    const mounts = Object.values(compose.services).flatMap(({ volumes }) => volumes);
    const files = mounts.filter(({ type, bind }) => type === 'bind' && !bind?.create_host_path);
    expect(
      files.map(({ source }) => source).filter((f) => !existsSync(path.join(PROJECT, f))),
    ).toEqual([]);
  });

  it('uses exactly the variables of .env.example', () => {
    const asked = new Set([...text.matchAll(/(?<!\$)\$\{(\w+)/g)].map(([, name]) => name));
    expect(Object.keys(example).sort()).toEqual([...asked].sort());
  });

  it('is scraped by Prometheus on the ports of its services', () => {
    const { scrape_configs: jobs } = parse(readProjectFile('observability/prometheus.yml')) as {
      scrape_configs: { job_name: string; dns_sd_configs: { names: string[]; port: number }[] }[];
    };
    const scraped = jobs.flatMap(({ dns_sd_configs: found }) =>
      found.flatMap(({ names, port }) => names.map((name) => `${name}:${port}`)),
    );
    expect(scraped).toEqual(['ingest:7001', 'embedder:7002', 'embedder-cuda:7002', 'matcher:7003']);
  });
});
