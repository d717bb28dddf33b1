import { beforeAll, describe, expect, it } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { alertGroups } from '../../observability/observability-files.js';
import { startCli } from '../../support/run-cli.js';
import { readProjectFile } from '../support/project.js';
import { DEV_FLOWS, FLOWS, PRODUCTION_FLOWS, TRACING_FLOWS } from './expected-flows.js';
import { manifestProblems } from './manifest-problems.js';
import {
  buildGpuOn,
  buildManifests,
  buildWithComponents,
  COMPONENTS,
  K8S,
  type Manifest,
  ofKind,
  OVERLAYS,
  readManifests,
} from './manifests.js';
import * as monitoringRules from './monitoring-rules.js';
import { networkFlows } from './network-flows.js';
import * as objectRules from './object-rules.js';
import * as podRules from './pod-rules.js';
import { containersOf, environmentOf, podsOf, quantity } from './pods.js';
import * as settingRules from './setting-rules.js';
import { type SettingRule } from './setting-rules.js';
import * as stateRules from './state-rules.js';

const RULES = Object.entries<SettingRule>({
  ...podRules,
  ...objectRules,
  ...monitoringRules,
  ...stateRules,
  ...settingRules,
});

/** The manifests need Kustomize 4 or newer. Older versions of kubectl do not print kustomizeVersion. */
const kubectl = spawnSync('kubectl', ['version', '--client', '--output=json'], {
  encoding: 'utf8',
});
const recent = kubectl.status === 0 && kubectl.stdout.includes('kustomizeVersion');
const builds = recent ? describe : describe.skip;

const TREES: readonly (readonly [name: string, build: () => Promise<Manifest[]>])[] = [
  ['base', () => buildManifests(`${K8S}/base`)],
  ...OVERLAYS.map((name) => [name, () => buildManifests(`${K8S}/overlays/${name}`)] as const),
  ...COMPONENTS.map((name) => [name, () => buildWithComponents(name)] as const),
];

builds.each(TREES)('k8s: %s', (name, build) => {
  let manifests: Manifest[];
  let secrets: Manifest[];

  beforeAll(async () => {
    manifests = await build();
    secrets = await readManifests('secrets.example.yaml');
    if (name === 'managed-redis') {
      for (const { stringData } of secrets as { stringData?: Record<string, string> }[]) {
        if (stringData?.password) stringData.url = 'rediss://redis.example.org:6379';
      }
    }
  });

  it('is valid by the Kubernetes schemas', () => {
    expect(manifests.flatMap(manifestProblems)).toEqual([]);
  });

  it.each(RULES)('passes %s', (_, rule) => {
    expect(rule(manifests, secrets)).toEqual([]);
  });

  it('runs images of the version in package.json', () => {
    const { version } = JSON.parse(readProjectFile('package.json')) as { version: string };
    const images = podsOf(manifests).flatMap((pods) =>
      containersOf(pods).map(({ image }) => image!),
    );
    for (const image of images.filter((text) => text.startsWith('sightline/'))) {
      expect(image).toMatch(new RegExp(`^sightline/[a-z-]+:${version}$`));
    }
  });

  if (name !== 'managed-redis') {
    it('allows exactly the expected connections', () => {
      const expected = { base: FLOWS, dev: DEV_FLOWS }[name] ?? PRODUCTION_FLOWS;
      const job = name === 'shared-models' ? ['models → dns:53'] : [];
      const traces = name === 'tracing' ? TRACING_FLOWS : [];
      expect(networkFlows(manifests)).toEqual([...expected, ...job, ...traces].sort());
    });
  }

  it('has enough Qdrant nodes for replicas and shards, and makes snapshots of each', () => {
    const qdrant = ofKind(manifests, 'StatefulSet').find((m) => m.metadata.name === 'qdrant');
    const { replicas } = qdrant!.spec as { replicas: number };
    const environment = (pods: string) =>
      environmentOf(
        podsOf(manifests).find((found) => found.name === pods)!,
        manifests,
        secrets,
      );
    expect(Number(environment('matcher').QDRANT_REPLICAS)).toBeLessThanOrEqual(replicas);
    expect(Number(environment('matcher').QDRANT_SHARDS) % replicas).toBe(0);
    expect(environment('qdrant-snapshots').QDRANT_NODE_URLS!.split(',')).toHaveLength(replicas);
  });

  if (name !== 'managed-redis') {
    it('runs a Redis that refuses writes before it runs out of memory, and writes everything to disk', () => {
      const redis = podsOf(manifests).find((pods) => pods.name === 'redis')!;
      const config = redis.spec.volumes?.find((volume) => volume.name === 'config')?.configMap
        ?.name;
      const map = ofKind(manifests, 'ConfigMap').find(({ metadata }) => metadata.name === config);
      const text = (map!.data as Record<string, string>)['redis.conf']!;
      expect(text).toMatch(/^maxmemory-policy noeviction$/m);
      expect(text).toMatch(/^appendonly yes$/m);
      const limit = quantity(redis.spec.containers[0]?.resources?.limits?.memory);
      const [, gigabytes] = /^maxmemory (\d+)gb$/m.exec(text)!;
      // Redis copies memory while it rewrites the append-only file.
      expect(Number(gigabytes) * 2 ** 30 * 1.25).toBeLessThanOrEqual(limit);
    });
  }
});

interface ScaledObjectSpec {
  readonly minReplicaCount: number;
  readonly maxReplicaCount: number;
  readonly cooldownPeriod?: number;
  readonly triggers: readonly { readonly metadata: { readonly targetValue: string } }[];
}

builds('k8s: autoscaling', () => {
  it.each([
    ['production', 'embedder', { min: 2, max: 20, cooldown: 300, targets: ['500', '300'] }],
    ['gpu', 'embedder', { min: 0, max: 8, cooldown: 900, targets: ['1250', '300'] }],
    ['production', 'matcher', { min: 2, max: 8, cooldown: undefined, targets: ['1000'] }],
  ])('has the settings of docs/autoscaling.md: %s, %s', async (overlay, name, settings) => {
    const scaled = ofKind(await buildManifests(`${K8S}/overlays/${overlay}`), 'ScaledObject');
    const { spec } = scaled.find(({ metadata }) => metadata.name === name)!;
    const { minReplicaCount, maxReplicaCount, cooldownPeriod, triggers } = spec as ScaledObjectSpec;
    expect({
      min: minReplicaCount,
      max: maxReplicaCount,
      cooldown: cooldownPeriod,
      targets: triggers.map(({ metadata }) => metadata.targetValue),
    }).toEqual(settings);
  });
});

builds('k8s: monitoring', () => {
  it('has the same alerts and dashboard as compose', async () => {
    const manifests = await buildWithComponents('monitoring');
    // npm run generate:alerts
    const rules = ofKind(manifests, 'PrometheusRule').map(({ spec }) => spec);
    expect(rules).toEqual([{ groups: alertGroups() }]);
    const labelled = ofKind(manifests, 'ConfigMap').filter(
      ({ metadata }) => metadata.labels.grafana_dashboard === '1',
    );
    const file = 'observability/grafana/dashboards/sightline.json';
    expect(labelled).toMatchObject([{ data: { 'sightline.json': readProjectFile(file) } }]);
  });
});

builds('k8s: gpu', () => {
  it('runs the CUDA image, also if production renames the images', async () => {
    const manifests = await buildGpuOn(
      'images:\n  - { name: sightline/embedder, newName: own/embedder }\n',
    );
    const embedder = podsOf(manifests).find(({ name }) => name === 'embedder')!;
    expect(embedder.spec.containers[0]!.image).toMatch(/^sightline\/embedder-cuda:/);
  });
});

builds('k8s: import job', () => {
  it('is valid and passes the same rules', async () => {
    const job = await readManifests('jobs/import.yaml');
    const base = await buildManifests(`${K8S}/base`);
    const secrets = await readManifests('secrets.example.yaml');
    expect(job.flatMap(manifestProblems)).toEqual([]);
    for (const [, rule] of RULES) expect(rule([...base, ...job], secrets)).toEqual([]);
    expect(networkFlows([...base, ...job])).toEqual(
      expect.arrayContaining(['import- → ingest:7001', 'import- → matcher:7003']),
    );
  });
});

builds('k8s: commands', () => {
  it('exist in the command line, with their options', async () => {
    const manifests = [
      ...(await buildManifests(`${K8S}/overlays/production`)),
      ...(await readManifests('jobs/import.yaml')),
    ];
    const commands = podsOf(manifests)
      .flatMap(({ spec }) => spec.containers)
      .filter(({ image }) => image?.startsWith('sightline/cli'));
    expect(commands.map(({ args }) => args?.[0]).sort()).toEqual(['import', 'retention']);
    for (const { args } of commands) {
      const run = startCli('/nonexistent', args!, {
        SIGHTLINE_INGEST_URL: 'http://127.0.0.1:9',
        SIGHTLINE_MATCHER_URL: 'http://127.0.0.1:9',
      });
      expect(await run.ended).toBe(1);
      expect(run.output()).toContain('SERVICE_UNREACHABLE');
    }
  });
});
