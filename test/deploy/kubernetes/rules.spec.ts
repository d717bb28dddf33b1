import { describe, expect, it } from '@jest/globals';
import { manifestProblems } from './manifest-problems.js';
import * as monitoringRules from './monitoring-rules.js';
import * as objectRules from './object-rules.js';
import * as podRules from './pod-rules.js';
import { type SettingRule } from './setting-rules.js';
import * as settingRules from './setting-rules.js';
import { SMALL_SECRETS, smallTree } from './small-tree.js';

type Change = readonly [from: string, to: string];
/** For each rule what breaks it, and what the rule says. */
type Bad<Rules> = Record<keyof Rules, readonly [problem: RegExp, ...changes: Change[]][]>;

const POD_BAD: Bad<typeof podRules> = {
  podsAreRestricted: [
    [/runAsNonRoot is not set/, ['runAsNonRoot: true, ', '']],
    [/runs as root/, ['runAsUser: 10001', 'runAsUser: 0']],
    [/no seccomp profile/, ['RuntimeDefault', 'Unconfined']],
    [/mounts the node's files/, ['emptyDir: { sizeLimit: 1Mi }', 'hostPath: { path: / }']],
    [/shares namespaces/, ['terminationGrace', 'hostNetwork: true\n      terminationGrace']],
    [/may gain privileges/, ['allowPrivilegeEscalation: false', 'allowPrivilegeEscalation: true']],
    [/write to its root/, ['readOnlyRootFilesystem: true', 'readOnlyRootFilesystem: false']],
    [/keeps capabilities/, ['drop: [ALL]', 'drop: [CHOWN]']],
    [/adds capabilities/, ['drop: [ALL]', 'drop: [ALL], add: [NET_ADMIN]']],
  ],
  podsHaveNoToken: [
    [/no ServiceAccount other/, ['serviceAccountName: embedder', 'serviceAccountName: other']],
    [/gets a token/, ['      automountServiceAccountToken: false\n', '']],
  ],
  imagesArePinned: [
    [/a tag that moves/, ['embedder:0.1.0', 'embedder:latest']],
    [/no tag/, ['embedder:0.1.0', 'embedder']],
  ],
  resourcesAreLimited: [
    [/no bounds of memory/, ["cpu: '2', memory: 1Gi", "cpu: '2'"]],
    [/asks for more cpu than/, ["requests: { cpu: '1'", 'requests: { cpu: 2100m']],
  ],
  volumesAreThere: [
    [/no volume tpm/, ['[{ name: tmp, mountPath', '[{ name: tpm, mountPath']],
    [/nothing mounts tmp/, ['volumeMounts: [{ name: tmp, mountPath: /tmp }]', 'volumeMounts: []']],
    [/fill the node's disk/, ['{ sizeLimit: 1Mi }', '{}']],
  ],
  probesMeanIt: [
    [/lacks a probe/, ['livenessProbe: { httpGet: { path: /health/live, port: http } }', '']],
    [/may start for 15 s only/, ['failureThreshold: 60', 'failureThreshold: 3']],
    [
      /killed after 10 s/,
      ['/health/live, port: http } }', '/health/live, port: http }, failureThreshold: 1 }'],
    ],
    [/no port web/, ['/health/live, port: http', '/health/live, port: web']],
  ],
  replicasSpread: [
    [/not spread over topology/, ['topology.kubernetes.io/zone', 'rack']],
    [
      /spreads others over kubernetes/,
      [
        'labelSelector: { matchLabels: { app: embedder }',
        'labelSelector: { matchLabels: { app: ingest }',
      ],
    ],
  ],
  prioritiesAreOrdered: [
    [/not state > service > archive/, ['value: 1\n', 'value: 9\n']],
    [
      /is sightline-state, not/,
      ['priorityClassName: sightline-archive', 'priorityClassName: sightline-state'],
    ],
    [/has no priority/, ['priorityClassName: sightline-archive', 'priorityClassName: high']],
  ],
  signalsArriveFromTheStart: [
    [/does not hear SIGTERM/, ['      shareProcessNamespace: true\n', '']],
  ],
  graphicsCardsAreAskedFor: [
    [/needs a GPU/, ['sightline/embedder:', 'sightline/embedder-cuda:']],
    [/takes a GPU/, ["limits: { cpu: '2',", "limits: { nvidia.com/gpu: '1', cpu: '2',"]],
  ],
};

const OBJECT_BAD: Bad<typeof objectRules> = {
  namespaceIsRestricted: [
    [/enforces baseline/, ['enforce: restricted', 'enforce: baseline']],
    [
      /Service embedder is not in/,
      [
        'kind: Service\nmetadata: { name: embedder, namespace: sightline }',
        'kind: Service\nmetadata: { name: embedder }',
      ],
    ],
  ],
  lastingPodsHaveBudgets: [
    [
      /has 0 disruption budgets/,
      [
        '  selector: { matchLabels: { app: embedder } }\n---',
        '  selector: { matchLabels: { app: other } }\n---',
      ],
    ],
  ],
  servicesReachPods: [
    [/reaches 0 workloads/, ['selector: { app: embedder }', 'selector: { app: other }']],
    [/reaches no port web/, ['targetPort: http', 'targetPort: web']],
  ],
  noSecretIsInTheTree: [
    [/Secret embedder is in/, ['kind: ServiceAccount', 'kind: Secret']],
    [
      /REDIS_URL is written out/,
      [
        'valueFrom: { secretKeyRef: { name: redis, key: url } }',
        "value: 'redis://:secret@redis:6379'",
      ],
    ],
    [/QDRANT_API_KEY is written/, ["PORT: '7002'", 'QDRANT_API_KEY: secret']],
  ],
  scalersSeeAllWork: [
    [/scales gone/, ['scaleTargetRef: { name: embedder }', 'scaleTargetRef: { name: gone }']],
    [
      /has replicas that each apply/,
      ['spec:\n  selector: { matchLabels', 'spec:\n  replicas: 1\n  selector: { matchLabels'],
    ],
    [/something else than ingest/, ['ingest.sightline.svc', 'redis.sightline.svc']],
    [/a value there is not.*does not see the work/s, ['embedImage.work', 'embedImage.waiting']],
    [/how long images wait/, ['embedImage.oldestAgeSeconds', 'embedImage.work']],
    [/no fallback/, ['  fallback: { failureThreshold: 4, replicas: 2 }\n', '']],
    [/no room to scale/, ['maxReplicaCount: 4', 'maxReplicaCount: 0']],
    [
      /scales in at every lull/,
      ['stabilizationWindowSeconds: 300', 'stabilizationWindowSeconds: 0'],
    ],
  ],
};

const MONITORING_BAD: Bad<typeof monitoringRules> = {
  monitorsReachPods: [
    [
      /nobody scrapes Deployment embedder/,
      [
        'jobLabel: app\n  selector: { matchLabels: { app: embedder }',
        'jobLabel: app\n  selector: { matchLabels: { app: ingest }',
      ],
    ],
    [/is scraped as undefined/, ['jobLabel: app', 'jobLabel: name']],
    [/embedder has no port web/, ['port: http, path: /metrics', 'port: web, path: /metrics']],
  ],
  whoAsksSendsTheKey: [
    [
      /is scraped without its key/,
      ['credentials: { name: metrics,', 'credentials: { name: redis,'],
    ],
    [
      /is scraped without.*ScaledObject embedder asks without/s,
      [
        'METRICS_KEY, valueFrom: { secretKeyRef: { name: metrics',
        'METRICS_KEY, valueFrom: { secretKeyRef: { name: other',
      ],
    ],
    [/asks without the key/, ['authMode: bearer', 'authMode: basic']],
    [
      /asks without the key/,
      ['authenticationRef: { name: metrics }', 'authenticationRef: { name: other }'],
    ],
    [/asks without the key/, ['parameter: token', 'parameter: apiKey']],
  ],
};

const SETTING_BAD: Bad<typeof settingRules> = {
  settingsLoad: [
    [/STORES: /, ['uploads=s3://uploads', 'archive=s3://archive']],
    [/reads no EMBEDER_CONCURRENCY/, ['  HOST:', "  EMBEDER_CONCURRENCY: '4'\n  HOST:"]],
  ],
  portsAndProbesAgree: [
    [/its port is 7002/, ['containerPort: 7002', 'containerPort: 7001']],
    [/listens on 7003/, ["PORT: '7002'", "PORT: '7003'"]],
    [/listens on undefined/, ['  HOST: 0.0.0.0\n', '']],
    [
      /is restarted for what others do/,
      ['/health/live, port: http } }', '/health/ready, port: http } }'],
    ],
    [
      /started again for what others do/,
      [
        'startupProbe: { httpGet: { path: /health/live',
        'startupProbe: { httpGet: { path: /health/ready',
      ],
    ],
    [/gets work before it is ready/, ['/health/ready', '/health/live']],
  ],
  shutdownHasItsTime: [
    [/killed after 20 s, and may need 20 s/, ["'10000'", "'20000'"]],
    [
      /killed after 20 s, and may need 25 s/,
      [
        'startupProbe:',
        'lifecycle: { preStop: { sleep: { seconds: 15 } } }\n          startupProbe:',
      ],
    ],
  ],
  threadsFitTheCores: [
    [/runs 8 threads on 2 cores/, ["INFERENCE_THREADS: '2'", "INFERENCE_THREADS: '8'"]],
    [/runs undefined threads/, ["  INFERENCE_THREADS: '2'\n", '']],
  ],
  whatIsAddressedIsServed: [
    [
      /STORES addresses s3:8333/,
      ['uploads=s3://uploads', 'uploads=s3://uploads?endpoint=http://s3:8333'],
    ],
  ],
};

const ALL = {
  ...podRules,
  ...objectRules,
  ...monitoringRules,
  ...settingRules,
} as Record<string, SettingRule>;
const CASES = Object.entries({
  ...POD_BAD,
  ...OBJECT_BAD,
  ...MONITORING_BAD,
  ...SETTING_BAD,
}).flatMap(([name, bad]) => bad.map(([problem, ...changes]) => [name, problem, changes] as const));

describe('rules about manifests', () => {
  it('find nothing wrong where nothing is', () => {
    const tree = smallTree();
    expect(tree.flatMap(manifestProblems)).toEqual([]);
    for (const rule of Object.values(ALL)) expect(rule(tree, SMALL_SECRETS)).toEqual([]);
  });

  it.each(CASES)('%s: %p', (name, problem, changes) => {
    expect(ALL[name]!(smallTree(changes), SMALL_SECRETS).join('\n')).toMatch(problem);
  });

  it('stop at a Secret or a ConfigMap that there is not', () => {
    const load = (changes: Change[]) => ALL.settingsLoad!(smallTree(changes), SMALL_SECRETS);
    expect(() => load([['key: url', 'key: uri']])).toThrow('no key uri of Secret redis');
    expect(() => load([['configMapRef: { name: settings', 'configMapRef: { name: other']])).toThrow(
      'no ConfigMap other',
    );
  });
});

describe('the schemas of the API', () => {
  it.each([
    [
      'a missing field',
      /selector/,
      ['  selector: { matchLabels: { app: embedder } }\n  template', '  template'],
    ],
    ['a field of another type', /terminationGracePeriodSeconds/, ['Seconds: 20', 'Seconds: soon']],
    [
      'a misspelt field',
      /no field .*\/failureTreshold/,
      ['failureThreshold: 60', 'failureTreshold: 60'],
    ],
    ['a misspelt field of KEDA', /no field .*\/maxReplicas/, ['maxReplicaCount', 'maxReplicas']],
    ['a misspelt field of a monitor', /no field .*\/jobsLabel/, ['jobLabel', 'jobsLabel']],
    ['an unknown kind', /no kind Deployement/, ['kind: Deployment', 'kind: Deployement']],
    ['an unknown version', /apps\/v2 has no kind/, ['apps/v1', 'apps/v2']],
  ] as const)('refuse %s', (_, problem, change) => {
    expect(smallTree([change]).flatMap(manifestProblems).join('\n')).toMatch(problem);
  });
});
