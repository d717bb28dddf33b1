import { describe, expect, it } from '@jest/globals';
import { parseManifests } from './build-manifests.js';
import * as rules from './state-rules.js';

/** A Qdrant that passes every rule, to spoil in one place at a time. */
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
  stateIsClaimed: [
    [/keeps nothing on a volume/, 'name: storage } }', 'name: other } }'],
    [/forgets \/storage with its pod/, 'mountPath: /tmp', 'mountPath: /storage'],
  ],
  statefulReplicasSpread: [
    [/two replicas on a node/, 'kubernetes.io/hostname', 'rack'],
    [/not spread over zones/, 'topology.kubernetes.io/zone', 'rack'],
  ],
  budgetsLeaveSome: [
    [/qdrant lets all of them go/, 'maxUnavailable: 1', "maxUnavailable: '100%'"],
    [/qdrant lets all of them go/, 'maxUnavailable: 1', 'minAvailable: 0'],
  ],
  stateIsAskedRightly: [[/answers nothing at \/nope/, '/readyz', '/nope']],
  qdrantIsACluster: [
    [/do not know of each other/, "value: 'true'", "value: 'false'"],
    [/nodes without names/, 'clusterIP: None', 'clusterIP: 10.0.0.1'],
  ],
};

describe('rules about what holds state', () => {
  it.each(Object.entries(rules))('%s passes a good one', (_, rule) => {
    expect(rule(parseManifests(GOOD))).toEqual([]);
  });

  const cases = Object.entries(BAD).flatMap(([name, list]) =>
    list.map(([problem, from, to]) => ({ name: name as keyof typeof rules, problem, from, to })),
  );
  it.each(cases)('$name: $problem', ({ name, problem, from, to }) => {
    expect(GOOD).toContain(from);
    expect(rules[name](parseManifests(GOOD.replace(from, to))).join('\n')).toMatch(problem);
  });
});
