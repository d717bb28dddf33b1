import { beforeAll, describe, expect, it } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { alertGroups } from '../../observability/observability-files.js';
import { startCli } from '../../support/run-cli.js';
import { readProjectFile } from '../support/project.js';
import { buildManifests, K8S, readManifests } from './build-manifests.js';
import { DEV_FLOWS, FLOWS, PRODUCTION_FLOWS, TRACING_FLOWS } from './expected-flows.js';
import { manifestProblems } from './manifest-problems.js';
import { type Manifest, ofKind } from './manifest.js';
import * as monitoringRules from './monitoring-rules.js';
import { networkFlows } from './network-flows.js';
import * as objectRules from './object-rules.js';
import { environmentOf } from './pod-environment.js';
import * as podRules from './pod-rules.js';
import { containersOf, podsOf } from './pods.js';
import { quantity } from './quantity.js';
import { type SettingRule } from './setting-rules.js';
import * as settingRules from './setting-rules.js';
import * as stateRules from './state-rules.js';
import { buildGpuOn, buildWithComponents, COMPONENTS, OVERLAYS } from './trees.js';

const RULES = Object.entries<SettingRule>({
  ...podRules,
  ...objectRules,
  ...monitoringRules,
  ...stateRules,
  ...settingRules,
});

/** Kustomize 4 or newer; set-up installs it where the distribution has one. */
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

  it('is what the API takes', () => {
    expect(manifests.flatMap(manifestProblems)).toEqual([]);
  });

  it.each(RULES)('passes %s', (_, rule) => {
    expect(rule(manifests, secrets)).toEqual([]);
  });

  it('runs images of this version, which all say which', () => {
    const { version } = JSON.parse(readProjectFile('package.json')) as { version: string };
    const images = podsOf(manifests).flatMap((pods) =>
      containersOf(pods).map(({ image }) => image!),
    );
    for (const image of images.filter((text) => text.startsWith('sightline/'))) {
      expect(image).toMatch(new RegExp(`^sightline/[a-z-]+:${version}$`));
    }
  });

  if (name !== 'managed-redis') {
    it('lets through exactly the flow', () => {
      const expected = { base: FLOWS, dev: DEV_FLOWS }[name] ?? PRODUCTION_FLOWS;
      const job = name === 'shared-models' ? ['models → dns:53'] : [];
      const traces = name === 'tracing' ? TRACING_FLOWS : [];
      expect(networkFlows(manifests)).toEqual([...expected, ...job, ...traces].sort());
    });
  }

  it('gives its vector store as many nodes as collections need, and snapshots each', () => {
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
    it('runs a Redis that refuses before it is killed, and forgets nothing', () => {
      const redis = podsOf(manifests).find((pods) => pods.name === 'redis')!;
      const config = redis.spec.volumes?.find((volume) => volume.name === 'config')?.configMap
        ?.name;
      const map = ofKind(manifests, 'ConfigMap').find(({ metadata }) => metadata.name === config);
      const text = (map!.data as Record<string, string>)['redis.conf']!;
      expect(text).toMatch(/^maxmemory-policy noeviction$/m);
      expect(text).toMatch(/^appendonly yes$/m);
      const limit = quantity(redis.spec.containers[0]?.resources?.limits?.memory);
      const [, gigabytes] = /^maxmemory (\d+)gb$/m.exec(text)!;
      // The copy that is made while the append-only file is rewritten.
      expect(Number(gigabytes) * 2 ** 30 * 1.25).toBeLessThanOrEqual(limit);
    });
  }
});

builds('k8s: production', () => {
  it('keeps embedders for callers, and the GPU overlay none for nobody', async () => {
    const fewest = async (name: string) => {
      const scaled = ofKind(await buildManifests(`${K8S}/overlays/${name}`), 'ScaledObject');
      const { spec } = scaled.find(({ metadata }) => metadata.name === 'embedder')!;
      return (spec as { minReplicaCount: number }).minReplicaCount;
    };
    expect(await fewest('production')).toBe(2);
    expect(await fewest('gpu')).toBe(0);
  });
});

builds('k8s: monitoring', () => {
  it('has the alerts and the dashboard of compose', async () => {
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
  it('runs the image with CUDA, also where production has names of its own for images', async () => {
    const manifests = await buildGpuOn(
      'images:\n  - { name: sightline/embedder, newName: own/embedder }\n',
    );
    const embedder = podsOf(manifests).find(({ name }) => name === 'embedder')!;
    expect(embedder.spec.containers[0]!.image).toMatch(/^sightline\/embedder-cuda:/);
  });
});

builds('k8s: import job', () => {
  it('is what the API takes, and is held to the same rules', async () => {
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
  it('are commands that there are, with their options', async () => {
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
