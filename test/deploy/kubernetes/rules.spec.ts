import { describe, expect, it } from '@jest/globals';
import { manifestProblems } from './manifest-problems.js';
import * as monitoringRules from './monitoring-rules.js';
import * as objectRules from './object-rules.js';
import * as podRules from './pod-rules.js';
import * as settingRules from './setting-rules.js';
import { type SettingRule } from './setting-rules.js';
import { SMALL_SECRETS, smallTree } from './small-tree.js';

type Change = readonly [from: string, to: string];
/** For each rule the changes that break it, and the message that the rule reports. */
type Bad<Rules> = Record<keyof Rules, readonly [problem: RegExp, ...changes: Change[]][]>;

const POD_BAD: Bad<typeof podRules> = {
  podsMeetTheRestrictedProfile: [
    [/runAsNonRoot is not set/, ['runAsNonRoot: true, ', '']],
    [/runs as root/, ['runAsUser: 10001', 'runAsUser: 0']],
    [/no seccomp profile/, ['RuntimeDefault', 'Unconfined']],
    [/mounts a folder of the node/, ['emptyDir: { sizeLimit: 1Mi }', 'hostPath: { path: / }']],
    [/shares a namespace/, ['terminationGrace', 'hostNetwork: true\n      terminationGrace']],
    [/may gain privileges/, ['allowPrivilegeEscalation: false', 'allowPrivilegeEscalation: true']],
    [/write to its root/, ['readOnlyRootFilesystem: true', 'readOnlyRootFilesystem: false']],
    [/keeps capabilities/, ['drop: [ALL]', 'drop: [CHOWN]']],
    [/adds capabilities/, ['drop: [ALL]', 'drop: [ALL], add: [NET_ADMIN]']],
  ],
  podsGetNoServiceAccountToken: [
    [
      /ServiceAccount other is not defined/,
      ['serviceAccountName: embedder', 'serviceAccountName: other'],
    ],
    [/gets a service account token/, ['      automountServiceAccountToken: false\n', '']],
  ],
  imagesArePinned: [
    [/a tag that is not a full version/, ['embedder:0.1.0', 'embedder:latest']],
    [/no tag/, ['embedder:0.1.0', 'embedder']],
  ],
  resourcesAreLimited: [
    [/no request or no limit for memory/, ["cpu: '2', memory: 1Gi", "cpu: '2'"]],
    [/requests more cpu than its limit/, ["requests: { cpu: '1'", 'requests: { cpu: 2100m']],
  ],
  volumesAreDefinedAndUsed: [
    [/volume tpm is not defined/, ['[{ name: tmp, mountPath', '[{ name: tpm, mountPath']],
    [
      /volume tmp is not mounted/,
      ['volumeMounts: [{ name: tmp, mountPath: /tmp }]', 'volumeMounts: []'],
    ],
    [/fill the node's disk/, ['{ sizeLimit: 1Mi }', '{}']],
  ],
  probesAreComplete: [
    [
      /has no startup, liveness or readiness probe/,
      ['livenessProbe: { httpGet: { path: /health/live, port: http } }', ''],
    ],
    [/has only 15 s to start/, ['failureThreshold: 60', 'failureThreshold: 3']],
    [
      /restarted after only 10 s without an answer/,
      ['/health/live, port: http } }', '/health/live, port: http }, failureThreshold: 1 }'],
    ],
    [/no port web/, ['/health/live, port: http', '/health/live, port: web']],
  ],
  replicasAreSpread: [
    [/not spread over topology/, ['topology.kubernetes.io/zone', 'rack']],
    [
      /selects other pods in the spread over kubernetes/,
      [
        'labelSelector: { matchLabels: { app: embedder }',
        'labelSelector: { matchLabels: { app: ingest }',
      ],
    ],
  ],
  prioritiesAreOrdered: [
    [/not in the order state > service > archive/, ['value: 1\n', 'value: 9\n']],
    [
      /has priority sightline-state instead of/,
      ['priorityClassName: sightline-archive', 'priorityClassName: sightline-state'],
    ],
    [
      /has no PriorityClass of ours/,
      ['priorityClassName: sightline-archive', 'priorityClassName: high'],
    ],
  ],
  sigtermArrivesDuringStart: [
    [/ignores SIGTERM while it starts/, ['      shareProcessNamespace: true\n', '']],
  ],
  gpusAreRequested: [
    [
      /uses CUDA but does not request a GPU node/,
      ['sightline/embedder:', 'sightline/embedder-cuda:'],
    ],
    [
      /requests a GPU that it does not use/,
      ["limits: { cpu: '2',", "limits: { nvidia.com/gpu: '1', cpu: '2',"],
    ],
  ],
};

const OBJECT_BAD: Bad<typeof objectRules> = {
  namespaceIsRestricted: [
    [/enforces baseline instead of restricted/, ['enforce: restricted', 'enforce: baseline']],
    [
      /Service embedder is not in the namespace/,
      [
        'kind: Service\nmetadata: { name: embedder, namespace: sightline }',
        'kind: Service\nmetadata: { name: embedder }',
      ],
    ],
  ],
  longRunningPodsHaveDisruptionBudgets: [
    [
      /has 0 disruption budgets/,
      [
        '  selector: { matchLabels: { app: embedder } }\n---',
        '  selector: { matchLabels: { app: other } }\n---',
      ],
    ],
  ],
  servicesReachPods: [
    [/selects 0 workloads/, ['selector: { app: embedder }', 'selector: { app: other }']],
    [/its pods have no port web/, ['targetPort: http', 'targetPort: web']],
  ],
  manifestsHoldNoSecrets: [
    [/Secret embedder must not be in/, ['kind: ServiceAccount', 'kind: Secret']],
    [
      /REDIS_URL must come from a Secret/,
      [
        'valueFrom: { secretKeyRef: { name: redis, key: url } }',
        "value: 'redis://:secret@redis:6379'",
      ],
    ],
    [/QDRANT_API_KEY must come from a Secret/, ["PORT: '7002'", 'QDRANT_API_KEY: secret']],
  ],
  scalersFollowAllWork: [
    [
      /scales Deployment gone, which does not exist/,
      ['scaleTargetRef: { name: embedder }', 'scaleTargetRef: { name: gone }'],
    ],
    [
      /sets replicas, so each kubectl apply/,
      ['spec:\n  selector: { matchLabels', 'spec:\n  replicas: 1\n  selector: { matchLabels'],
    ],
    [/does not read .metrics.scaling of ingest/, ['ingest.sightline.svc', 'redis.sightline.svc']],
    [
      /a value that ingest does not have.*does not follow the work/s,
      ['embedImage.work', 'embedImage.waiting'],
    ],
    [/does not follow how long images wait/, ['embedImage.oldestAgeSeconds', 'embedImage.work']],
    [/no fallback/, ['  fallback: { failureThreshold: 4, replicas: 2 }\n', '']],
    [
      /cannot reach its maximum of replicas: ingest queues only 10000 images/,
      [
        "valueLocation: embedImage.work\n        targetValue: '1'",
        "valueLocation: embedImage.work\n        targetValue: '2501'",
      ],
    ],
    [
      /a minimum of replicas that is not below the maximum/,
      ['maxReplicaCount: 4', 'maxReplicaCount: 0'],
    ],
    [
      /scales in sooner than 60 s after a peak/,
      ['stabilizationWindowSeconds: 300', 'stabilizationWindowSeconds: 0'],
    ],
  ],
};

const MONITORING_BAD: Bad<typeof monitoringRules> = {
  monitorsReachPods: [
    [
      /no PodMonitor selects Deployment embedder/,
      [
        'jobLabel: app\n  selector: { matchLabels: { app: embedder }',
        'jobLabel: app\n  selector: { matchLabels: { app: ingest }',
      ],
    ],
    [/is scraped under the job name undefined/, ['jobLabel: app', 'jobLabel: name']],
    [/embedder has no port web/, ['port: http, path: /metrics', 'port: web, path: /metrics']],
  ],
  metricsReadersSendTheKey: [
    [
      /is scraped without its key/,
      ['credentials: { name: metrics,', 'credentials: { name: redis,'],
    ],
    [
      /is scraped without.*ScaledObject embedder does not send the key/s,
      [
        'METRICS_KEY, valueFrom: { secretKeyRef: { name: metrics',
        'METRICS_KEY, valueFrom: { secretKeyRef: { name: other',
      ],
    ],
    [/does not send the key/, ['authMode: bearer', 'authMode: basic']],
    [
      /does not send the key/,
      ['authenticationRef: { name: metrics }', 'authenticationRef: { name: other }'],
    ],
    [/does not send the key/, ['parameter: token', 'parameter: apiKey']],
  ],
};

const SETTING_BAD: Bad<typeof settingRules> = {
  settingsLoad: [
    [/STORES: /, ['uploads=s3://uploads', 'archive=s3://archive']],
    [/has no setting EMBEDER_CONCURRENCY/, ['  HOST:', "  EMBEDER_CONCURRENCY: '4'\n  HOST:"]],
  ],
  portsAndProbesAgree: [
    [/its port is 7002/, ['containerPort: 7002', 'containerPort: 7001']],
    [/listens on 7003/, ["PORT: '7002'", "PORT: '7003'"]],
    [/listens on undefined/, ['  HOST: 0.0.0.0\n', '']],
    [
      /has a liveness probe other than/,
      ['/health/live, port: http } }', '/health/ready, port: http } }'],
    ],
    [
      /has a startup probe other than/,
      [
        'startupProbe: { httpGet: { path: /health/live',
        'startupProbe: { httpGet: { path: /health/ready',
      ],
    ],
    [/has a readiness probe other than/, ['/health/ready', '/health/live']],
  ],
  gracePeriodIsLongEnough: [
    [/killed after 20 s and may need 20 s/, ["'10000'", "'20000'"]],
    [
      /killed after 20 s and may need 25 s/,
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
  addressedServicesExist: [
    [
      /STORES has the address s3:8333, which no Service has/,
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
  it('accept the manifests that the tests start from', () => {
    const tree = smallTree();
    expect(tree.flatMap(manifestProblems)).toEqual([]);
    for (const rule of Object.values(ALL)) expect(rule(tree, SMALL_SECRETS)).toEqual([]);
  });

  it.each(CASES)('%s reports %p', (name, problem, changes) => {
    expect(ALL[name]!(smallTree(changes), SMALL_SECRETS).join('\n')).toMatch(problem);
  });

  it('fail when a Secret or a ConfigMap does not exist', () => {
    const load = (changes: Change[]) => ALL.settingsLoad!(smallTree(changes), SMALL_SECRETS);
    expect(() => load([['key: url', 'key: uri']])).toThrow('Secret redis has no key uri');
    expect(() => load([['configMapRef: { name: settings', 'configMapRef: { name: other']])).toThrow(
      'ConfigMap other does not exist',
    );
  });
});

describe('the Kubernetes schemas', () => {
  it.each([
    ['a field of another type', /terminationGracePeriodSeconds/, ['Seconds: 20', 'Seconds: soon']],
    [
      'a misspelt field',
      /unknown field .*\/failureTreshold/,
      ['failureThreshold: 60', 'failureTreshold: 60'],
    ],
    [
      'a misspelt field of KEDA',
      /unknown field .*\/maxReplicas/,
      ['maxReplicaCount', 'maxReplicas'],
    ],
    ['a misspelt field of a monitor', /unknown field .*\/jobsLabel/, ['jobLabel', 'jobsLabel']],
    ['an unknown kind', /no kind Deployement/, ['kind: Deployment', 'kind: Deployement']],
    ['an unknown version', /apps\/v2 has no kind/, ['apps/v1', 'apps/v2']],
  ] as const)('refuse %s', (_, problem, change) => {
    expect(smallTree([change]).flatMap(manifestProblems).join('\n')).toMatch(problem);
  });
});
