import { type IScaledObject } from '@kubernetes-models/keda/keda.sh/v1alpha1/ScaledObject';
import { type IPodDisruptionBudget } from 'kubernetes-models/policy/v1/PodDisruptionBudget';
import { type IService } from 'kubernetes-models/v1/Service';
import { defaultOf, defaultPort } from '../support/service-settings.js';
import { type Manifest, ofKind, titleOf } from './manifests.js';
import { type ManifestRule } from './pod-rules.js';
import { containersOf, isLongRunning, podsOf, portNamesOf, selects } from './pods.js';

const NAMESPACE = 'sightline';
const CLUSTER_WIDE = ['Namespace', 'PriorityClass'];

export const namespaceIsRestricted: ManifestRule = (manifests) => {
  const [namespace] = ofKind(manifests, 'Namespace');
  const level = namespace?.metadata.labels['pod-security.kubernetes.io/enforce'];
  return [
    ...(level === 'restricted' ? [] : [`the Namespace enforces ${level} instead of restricted`]),
    ...manifests
      .filter(({ kind }) => !CLUSTER_WIDE.includes(kind))
      .filter(({ metadata }) => metadata.namespace !== NAMESPACE)
      .map((manifest) => `${titleOf(manifest)} is not in the namespace ${NAMESPACE}`),
  ];
};

export const longRunningPodsHaveDisruptionBudgets: ManifestRule = (manifests) => {
  const budgets = ofKind(manifests, 'PodDisruptionBudget') as unknown as IPodDisruptionBudget[];
  return podsOf(manifests)
    .filter(isLongRunning)
    .flatMap(({ title, labels }) => {
      const found = budgets.filter(({ spec }) => spec?.selector && selects(spec.selector, labels));
      return found.length === 1
        ? []
        : [`${title} has ${found.length} disruption budgets instead of one`];
    });
};

export const servicesReachPods: ManifestRule = (manifests) =>
  (ofKind(manifests, 'Service') as unknown as IService[]).flatMap(({ metadata, spec }) => {
    const title = `Service ${metadata?.name}`;
    const pods = podsOf(manifests).filter(({ labels }) =>
      selects({ matchLabels: spec?.selector ?? {} }, labels),
    );
    if (pods.length !== 1) return [`${title} selects ${pods.length} workloads instead of one`];
    const named = portNamesOf(pods[0]!);
    return (spec?.ports ?? [])
      .filter(({ targetPort }) => !named.includes(String(targetPort)))
      .map(({ targetPort }) => `${title}: its pods have no port ${targetPort}`);
  });

export const manifestsHoldNoSecrets: ManifestRule = (manifests) => [
  ...ofKind(manifests, 'Secret').map(
    (manifest) => `${titleOf(manifest)} must not be in the manifests`,
  ),
  ...podsOf(manifests).flatMap((pods) =>
    containersOf(pods)
      .flatMap(({ env = [] }) => env)
      .filter(
        ({ name, value }) => /KEY|SECRET|PASSWORD|AUTH|REDIS_URL|WEBHOOKS/.test(name) && value,
      )
      .map(({ name }) => `${pods.title}: ${name} must come from a Secret`),
  ),
  ...ofKind(manifests, 'ConfigMap').flatMap((map) =>
    Object.keys(map.data ?? {})
      .filter((key) => /KEY|SECRET|PASSWORD|REDIS_URL|WEBHOOKS/.test(key))
      .map((key) => `${titleOf(map)}: ${key} must come from a Secret`),
  ),
];

/** Ingest keeps at most this many images on the queues (docs/autoscaling.md). */
const HIGH_WATER = defaultOf('HIGH_WATER');

/** Autoscaling reads ingest, which counts the work of both lanes and the jobs in progress for each queue. */
const SCALING_URL = `http://ingest.${NAMESPACE}.svc.cluster.local:${defaultPort('ingest')}/metrics/scaling`;
const SCALING_VALUES = ['embedImage', 'matchFaces'].flatMap((queue) => [
  `${queue}.work`,
  `${queue}.oldestAgeSeconds`,
]);

export const scalersFollowAllWork: ManifestRule = (manifests) =>
  (ofKind(manifests, 'ScaledObject') as unknown as IScaledObject[]).flatMap(
    ({ metadata, spec }) => {
      const name = spec.scaleTargetRef.name;
      const target = ofKind(manifests, 'Deployment').find((other) => other.metadata.name === name);
      const own = name === 'matcher' ? 'matchFaces' : 'embedImage';
      const perReplica = spec.triggers.find(
        ({ metadata: asked }) => asked.valueLocation === `${own}.work`,
      )?.metadata.targetValue;
      const values = spec.triggers.map((trigger) => trigger.metadata.valueLocation ?? '');
      return [
        !target && `scales Deployment ${name}, which does not exist`,
        replicasOf(target) !== undefined &&
          `Deployment ${name} sets replicas, so each kubectl apply would undo the scaling`,
        spec.triggers.some(({ metadata: asked }) => asked.url !== SCALING_URL) &&
          'does not read /metrics/scaling of ingest',
        values.some((value) => !SCALING_VALUES.includes(value)) &&
          'reads a value that ingest does not have',
        !values.includes(`${own}.work`) && `does not follow the work of ${own}`,
        name === 'embedder' &&
          !values.includes(`${own}.oldestAgeSeconds`) &&
          'does not follow how long images wait',
        !spec.fallback && 'has no fallback for when ingest does not answer',
        (spec.minReplicaCount ?? 0) >= (spec.maxReplicaCount ?? 100) &&
          'has a minimum of replicas that is not below the maximum',
        Number(perReplica) * (spec.maxReplicaCount ?? 100) > HIGH_WATER &&
          `cannot reach its maximum of replicas: ingest queues only ${HIGH_WATER} images`,
        (spec.advanced?.horizontalPodAutoscalerConfig?.behavior?.scaleDown
          ?.stabilizationWindowSeconds ?? 0) < 60 && 'scales in sooner than 60 s after a peak',
      ]
        .filter((problem) => problem !== false)
        .map((problem) => `ScaledObject ${metadata?.name}: ${problem}`);
    },
  );

function replicasOf(manifest: Manifest | undefined): unknown {
  return (manifest?.spec as { replicas?: number } | undefined)?.replicas;
}
