import { type IStatefulSet } from 'kubernetes-models/apps/v1/StatefulSet';
import { type IPodDisruptionBudget } from 'kubernetes-models/policy/v1/PodDisruptionBudget';
import { type Manifest, ofKind } from './manifests.js';
import { type ManifestRule } from './pod-rules.js';
import { selects } from './pods.js';

/** A rule that is applied to each StatefulSet. */
function eachSet(find: (set: IStatefulSet, manifests: readonly Manifest[]) => (string | false)[]) {
  return (manifests: readonly Manifest[]) =>
    (ofKind(manifests, 'StatefulSet') as unknown as IStatefulSet[]).flatMap((set) =>
      find(set, manifests)
        .filter((problem) => problem !== false)
        .map((problem) => `StatefulSet ${set.metadata?.name}: ${problem}`),
    );
}

/** Data outlives the pod, except for files in /tmp. */
export const stateIsOnClaimedVolumes: ManifestRule = eachSet(({ spec }) => {
  const { volumes = [], containers = [] } = spec?.template.spec ?? {};
  const claims = (spec?.volumeClaimTemplates ?? []).map(({ metadata }) => metadata?.name);
  const mounts = containers.flatMap(({ volumeMounts = [] }) => volumeMounts);
  const fleeting = volumes.filter(({ emptyDir }) => emptyDir).map(({ name }) => name);
  return [
    !mounts.some(({ name }) => claims.includes(name)) && 'has no claimed volume',
    ...mounts.map(
      ({ name, mountPath }) =>
        fleeting.includes(name) && mountPath !== '/tmp' && `loses ${mountPath} with its pod`,
    ),
  ];
});

/** Two replicas on one node would fail together. */
export const statefulReplicasAreSpread: ManifestRule = eachSet(({ spec }) => {
  const { affinity, topologySpreadConstraints: spread = [] } = spec?.template.spec ?? {};
  const apart = affinity?.podAntiAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? [];
  const alone = (spec?.replicas ?? 1) < 2;
  return [
    !alone &&
      !apart.some(({ topologyKey }) => topologyKey === 'kubernetes.io/hostname') &&
      'may have two replicas on a node',
    !alone &&
      !spread.some(({ topologyKey }) => topologyKey === 'topology.kubernetes.io/zone') &&
      'is not spread over zones',
  ];
});

/** Draining several nodes at once never stops all replicas. */
export const budgetsKeepAReplica: ManifestRule = (manifests) =>
  (ofKind(manifests, 'PodDisruptionBudget') as unknown as IPodDisruptionBudget[])
    .filter(({ spec }) => {
      const { maxUnavailable, minAvailable } = spec ?? {};
      if (maxUnavailable === undefined) return Number.parseInt(String(minAvailable), 10) === 0;
      return typeof maxUnavailable === 'number' ? maxUnavailable > 1 : maxUnavailable === '100%';
    })
    .map(({ metadata }) => `PodDisruptionBudget ${metadata?.name} allows all replicas to stop`);

/** Health paths of third-party programs. */
const HEALTH: Readonly<Record<string, readonly string[]>> = {
  qdrant: ['/readyz', '/livez', '/healthz'],
  s3: ['/healthz', '/status'],
};

export const statefulProbesUseKnownPaths: ManifestRule = eachSet(({ metadata, spec }) => {
  const [container] = spec?.template.spec?.containers ?? [];
  const known = HEALTH[metadata?.name ?? ''];
  const { startupProbe, livenessProbe, readinessProbe } = container ?? {};
  return [startupProbe, livenessProbe, readinessProbe].map((probe) => {
    const path = probe?.httpGet?.path;
    return path !== undefined && known?.includes(path) !== true && `has no health path ${path}`;
  });
});

export const qdrantIsACluster: ManifestRule = eachSet(({ metadata, spec }, manifests) => {
  if (metadata?.name !== 'qdrant' || (spec?.replicas ?? 1) < 2) return [];
  const [container] = spec?.template.spec?.containers ?? [];
  const enabled = container?.env?.find(({ name }) => name === 'QDRANT__CLUSTER__ENABLED')?.value;
  const heads = ofKind(manifests, 'Service').filter(
    ({ metadata: { name }, spec: service }) =>
      name === spec?.serviceName && (service as { clusterIP?: string }).clusterIP === 'None',
  );
  return [
    enabled !== 'true' && 'does not enable the cluster mode of Qdrant',
    heads.length === 0 && 'has no headless Service that names its nodes',
    !selects(spec?.selector ?? {}, spec?.template.metadata?.labels ?? {}) &&
      'has a selector that does not match its pods',
  ];
});
