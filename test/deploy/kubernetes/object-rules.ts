import { type IScaledObject } from '@kubernetes-models/keda/keda.sh/v1alpha1/ScaledObject';
import { type IPodDisruptionBudget } from 'kubernetes-models/policy/v1/PodDisruptionBudget';
import { type IService } from 'kubernetes-models/v1/Service';
import { defaultPort } from '../support/service-settings.js';
import { type Manifest, ofKind, titleOf } from './manifest.js';
import { type ManifestRule } from './pod-rules.js';
import { containersOf, isLasting, podsOf, portNamesOf } from './pods.js';
import { selects } from './selector.js';

const NAMESPACE = 'sightline';
const CLUSTER_WIDE = ['Namespace', 'PriorityClass'];

export const namespaceIsRestricted: ManifestRule = (manifests) => {
  const [namespace] = ofKind(manifests, 'Namespace');
  const level = namespace?.metadata.labels['pod-security.kubernetes.io/enforce'];
  return [
    ...(level === 'restricted' ? [] : [`Namespace enforces ${level}`]),
    ...manifests
      .filter(({ kind }) => !CLUSTER_WIDE.includes(kind))
      .filter(({ metadata }) => metadata.namespace !== NAMESPACE)
      .map((manifest) => `${titleOf(manifest)} is not in ${NAMESPACE}`),
  ];
};

export const lastingPodsHaveBudgets: ManifestRule = (manifests) => {
  const budgets = ofKind(manifests, 'PodDisruptionBudget') as unknown as IPodDisruptionBudget[];
  return podsOf(manifests)
    .filter(isLasting)
    .flatMap(({ title, labels }) => {
      const found = budgets.filter(({ spec }) => spec?.selector && selects(spec.selector, labels));
      return found.length === 1 ? [] : [`${title} has ${found.length} disruption budgets`];
    });
};

export const servicesReachPods: ManifestRule = (manifests) =>
  (ofKind(manifests, 'Service') as unknown as IService[]).flatMap(({ metadata, spec }) => {
    const title = `Service ${metadata?.name}`;
    const pods = podsOf(manifests).filter(({ labels }) =>
      selects({ matchLabels: spec?.selector ?? {} }, labels),
    );
    if (pods.length !== 1) return [`${title} reaches ${pods.length} workloads`];
    const named = portNamesOf(pods[0]!);
    return (spec?.ports ?? [])
      .filter(({ targetPort }) => !named.includes(String(targetPort)))
      .map(({ targetPort }) => `${title} reaches no port ${targetPort}`);
  });

export const noSecretIsInTheTree: ManifestRule = (manifests) => [
  ...ofKind(manifests, 'Secret').map((manifest) => `${titleOf(manifest)} is in the tree`),
  ...podsOf(manifests).flatMap((pods) =>
    containersOf(pods)
      .flatMap(({ env = [] }) => env)
      .filter(
        ({ name, value }) => /KEY|SECRET|PASSWORD|AUTH|REDIS_URL|WEBHOOKS/.test(name) && value,
      )
      .map(({ name }) => `${pods.title}: ${name} is written out`),
  ),
  ...ofKind(manifests, 'ConfigMap').flatMap((map) =>
    Object.keys(map.data ?? {})
      .filter((key) => /KEY|SECRET|PASSWORD|REDIS_URL|WEBHOOKS/.test(key))
      .map((key) => `${titleOf(map)}: ${key} is written out`),
  ),
];

/** What a scaler asks: the sum of the work of both lanes, and what runs, per queue. */
const SCALING_URL = `http://ingest.${NAMESPACE}.svc.cluster.local:${defaultPort('ingest')}/metrics/scaling`;
const SCALING_VALUES = ['embedImage', 'matchFaces'].flatMap((queue) => [
  `${queue}.work`,
  `${queue}.oldestAgeSeconds`,
]);

export const scalersSeeAllWork: ManifestRule = (manifests) =>
  (ofKind(manifests, 'ScaledObject') as unknown as IScaledObject[]).flatMap(
    ({ metadata, spec }) => {
      const name = spec.scaleTargetRef.name;
      const target = ofKind(manifests, 'Deployment').find((other) => other.metadata.name === name);
      const own = name === 'matcher' ? 'matchFaces' : 'embedImage';
      const values = spec.triggers.map((trigger) => trigger.metadata.valueLocation ?? '');
      return [
        !target && `scales ${name}, which there is not`,
        replicasOf(target) !== undefined && `${name} has replicas that each apply would set back`,
        spec.triggers.some(({ metadata: asked }) => asked.url !== SCALING_URL) &&
          'asks something else than ingest',
        values.some((value) => !SCALING_VALUES.includes(value)) && 'asks for a value there is not',
        !values.includes(`${own}.work`) && `does not see the work of ${own}`,
        name === 'embedder' &&
          !values.includes(`${own}.oldestAgeSeconds`) &&
          'does not see how long images wait',
        !spec.fallback && 'has no fallback for a silent ingest',
        (spec.minReplicaCount ?? 0) >= (spec.maxReplicaCount ?? 100) && 'has no room to scale',
        (spec.advanced?.horizontalPodAutoscalerConfig?.behavior?.scaleDown
          ?.stabilizationWindowSeconds ?? 0) < 60 && 'scales in at every lull',
      ]
        .filter((problem) => problem !== false)
        .map((problem) => `ScaledObject ${metadata?.name}: ${problem}`);
    },
  );

function replicasOf(manifest: Manifest | undefined): unknown {
  return (manifest?.spec as { replicas?: number } | undefined)?.replicas;
}
