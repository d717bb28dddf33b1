import { describe, expect, it } from '@jest/globals';
import { parseManifests } from './manifests.js';
import * as rules from './state-rules.js';

/** Manifests of Qdrant that pass every rule. Each test breaks them in one place. */
const GOOD = `
apiVersion: v1
kind: Service
metadata: { name: nodes }
spec: { clusterIP: None, selector: { app: qdrant } }
---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: { name: qdrant }
spec: { maxUnavailable: 1, selector: { matchLabels: { app: qdrant } } }
---
apiVersion: apps/v1
kind: StatefulSet
metadata: { name: qdrant }
spec:
  serviceName: nodes
  replicas: 3
  selector: { matchLabels: { app: qdrant } }
  template:
    metadata: { labels: { app: qdrant } }
    spec:
      affinity:
        podAntiAffinity:
          requiredDuringSchedulingIgnoredDuringExecution:
            - { topologyKey: kubernetes.io/hostname, labelSelector: { matchLabels: { app: qdrant } } }
      topologySpreadConstraints:
        - { topologyKey: topology.kubernetes.io/zone, maxSkew: 1, whenUnsatisfiable: ScheduleAnyway }
      containers:
        - name: qdrant
          env: [{ name: QDRANT__CLUSTER__ENABLED, value: 'true' }]
          readinessProbe: { httpGet: { path: /readyz, port: http } }
          volumeMounts: [{ name: storage, mountPath: /storage }, { name: tmp, mountPath: /tmp }]
      volumes: [{ name: tmp, emptyDir: { sizeLimit: 1Mi } }]
  volumeClaimTemplates: [{ metadata: { name: storage } }]
`;

const BAD: Record<keyof typeof rules, readonly [problem: RegExp, from: string, to: string][]> = {
  stateIsOnClaimedVolumes: [
    [/has no claimed volume/, 'name: storage } }', 'name: other } }'],
    [/loses \/storage with its pod/, 'mountPath: /tmp', 'mountPath: /storage'],
  ],
  statefulReplicasAreSpread: [
    [/two replicas on a node/, 'kubernetes.io/hostname', 'rack'],
    [/not spread over zones/, 'topology.kubernetes.io/zone', 'rack'],
  ],
  budgetsKeepAReplica: [
    [/qdrant allows all replicas to stop/, 'maxUnavailable: 1', "maxUnavailable: '100%'"],
    [/qdrant allows all replicas to stop/, 'maxUnavailable: 1', 'minAvailable: 0'],
  ],
  statefulProbesUseKnownPaths: [[/has no health path \/nope/, '/readyz', '/nope']],
  qdrantIsACluster: [
    [/does not enable the cluster mode/, "value: 'true'", "value: 'false'"],
    [/no headless Service that names its nodes/, 'clusterIP: None', 'clusterIP: 10.0.0.1'],
  ],
};

describe('rules about StatefulSets', () => {
  it.each(Object.entries(rules))('%s accepts a correct StatefulSet', (_, rule) => {
    expect(rule(parseManifests(GOOD))).toEqual([]);
  });

  const cases = Object.entries(BAD).flatMap(([name, list]) =>
    list.map(([problem, from, to]) => ({ name: name as keyof typeof rules, problem, from, to })),
  );
  it.each(cases)('$name reports $problem', ({ name, problem, from, to }) => {
    expect(GOOD).toContain(from);
    expect(rules[name](parseManifests(GOOD.replace(from, to))).join('\n')).toMatch(problem);
  });
});
