import { type IProbe } from 'kubernetes-models/v1/Probe';
import { imageProblem } from '../support/image-reference.js';
import { type Manifest, ofKind, titleOf } from './manifests.js';
import { containersOf, isLongRunning, type Pods, podsOf, quantity, selects } from './pods.js';

/** Returns one message for each problem. */
export type ManifestRule = (manifests: readonly Manifest[]) => string[];

function eachPod(find: (pods: Pods, manifests: readonly Manifest[]) => string[]): ManifestRule {
  return (manifests) =>
    podsOf(manifests).flatMap((pods) =>
      find(pods, manifests).map((problem) => `${pods.title}: ${problem}`),
    );
}

/** Pod Security Standard `restricted`, and a read-only root file system. */
export const podsMeetTheRestrictedProfile = eachPod((pods) => {
  const { securityContext: pod = {}, volumes = [], hostNetwork, hostPID, hostIPC } = pods.spec;
  const wrong = [
    pod.runAsNonRoot !== true && 'runAsNonRoot is not set',
    !(Number(pod.runAsUser) > 0) && 'runs as root',
    pod.seccompProfile?.type !== 'RuntimeDefault' && 'has no seccomp profile',
    (hostNetwork ?? hostPID ?? hostIPC ?? false) && 'shares a namespace with the node',
    volumes.some(({ hostPath }) => hostPath) && 'mounts a folder of the node',
    ...containersOf(pods).flatMap(({ name, securityContext: own = {} }) => [
      own.allowPrivilegeEscalation !== false && `${name} may gain privileges`,
      own.readOnlyRootFilesystem !== true && `${name} may write to its root file system`,
      !own.capabilities?.drop?.includes('ALL') && `${name} keeps capabilities`,
      own.capabilities?.add !== undefined && `${name} adds capabilities`,
      own.privileged === true && `${name} is privileged`,
    ]),
  ];
  return wrong.filter((problem) => problem !== false);
});

export const podsGetNoServiceAccountToken = eachPod(({ spec }, manifests) => {
  const account = ofKind(manifests, 'ServiceAccount').find(
    ({ metadata }) => metadata.name === spec.serviceAccountName,
  );
  if (!account) return [`ServiceAccount ${spec.serviceAccountName} is not defined`];
  const mounted = spec.automountServiceAccountToken !== false;
  return mounted || account.automountServiceAccountToken !== false
    ? ['gets a service account token']
    : [];
});

export const imagesArePinned = eachPod((pods) =>
  containersOf(pods)
    .map(({ image = '' }) => imageProblem(image))
    .filter((problem) => problem !== null),
);

export const resourcesAreLimited = eachPod((pods) =>
  containersOf(pods).flatMap(({ name, resources }) =>
    ['cpu', 'memory'].flatMap((resource) => {
      const request = resources?.requests?.[resource];
      const limit = resources?.limits?.[resource];
      if (request === undefined || limit === undefined)
        return [`${name} has no request or no limit for ${resource}`];
      return quantity(request) > quantity(limit)
        ? [`${name} requests more ${resource} than its limit`]
        : [];
    }),
  ),
);

export const volumesAreDefinedAndUsed = eachPod((pods, manifests) => {
  const set = manifests.find((manifest) => titleOf(manifest) === pods.title) as {
    spec?: { volumeClaimTemplates?: { metadata?: { name?: string } }[] };
  };
  const claims = (set.spec?.volumeClaimTemplates ?? []).map(({ metadata }) => metadata?.name);
  const names = [...(pods.spec.volumes ?? []).map(({ name }) => name), ...claims];
  const mounted = containersOf(pods).flatMap(({ volumeMounts = [] }) =>
    volumeMounts.map((m) => m.name),
  );
  return [
    ...mounted
      .filter((name) => !names.includes(name))
      .map((name) => `volume ${name} is not defined`),
    ...names
      .filter((name) => !mounted.includes(name!))
      .map((name) => `volume ${name} is not mounted`),
    ...(pods.spec.volumes ?? [])
      .filter(({ emptyDir }) => emptyDir && emptyDir.sizeLimit === undefined)
      .map(({ name }) => `volume ${name} has no size limit and may fill the node's disk`),
  ];
});

/** All three probes exist, use ports that exist, and leave time for a slow start. */
export const probesAreComplete = eachPod((pods) => {
  if (!isLongRunning(pods)) return [];
  return pods.spec.containers.flatMap((container) => {
    const { startupProbe, livenessProbe, readinessProbe, name } = container;
    if (!startupProbe || !livenessProbe || !readinessProbe)
      return [`${name} has no startup, liveness or readiness probe`];
    const ports = (container.ports ?? []).map((port) => port.name);
    const aimed = [startupProbe, livenessProbe, readinessProbe].map(portOf);
    return [
      secondsOf(startupProbe) < 60 && `${name} has only ${secondsOf(startupProbe)} s to start`,
      secondsOf(livenessProbe) < 30 &&
        `${name} is restarted after only ${secondsOf(livenessProbe)} s without an answer`,
      ...aimed.map(
        (port) => port !== null && !ports.includes(port) && `${name} has no port ${port}`,
      ),
    ].filter((problem) => problem !== false);
  });
});

function secondsOf({ periodSeconds = 10, failureThreshold = 3 }: IProbe): number {
  return periodSeconds * failureThreshold;
}

/** Name of the port; null for a probe that runs a command. */
function portOf({ httpGet, tcpSocket, exec }: IProbe): string | null {
  return exec ? null : String((httpGet ?? tcpSocket)?.port);
}

export const replicasAreSpread = eachPod(({ kind, spec, labels }) => {
  if (kind !== 'Deployment') return [];
  return ['topology.kubernetes.io/zone', 'kubernetes.io/hostname'].flatMap((key) => {
    const rule = spec.topologySpreadConstraints?.find(({ topologyKey }) => topologyKey === key);
    if (!rule) return [`is not spread over ${key}`];
    return rule.labelSelector && selects(rule.labelSelector, labels)
      ? []
      : [`selects other pods in the spread over ${key}`];
  });
});

/** Pods with state are evicted last; embedders are evicted before pods that callers wait for. */
const PRIORITY: Readonly<Record<string, string>> = {
  redis: 'sightline-state',
  qdrant: 'sightline-state',
  ingest: 'sightline-service',
  matcher: 'sightline-service',
  embedder: 'sightline-archive',
};

export const prioritiesAreOrdered: ManifestRule = (manifests) => {
  const values = new Map(
    ofKind(manifests, 'PriorityClass').map(({ metadata, value }) => [metadata.name, Number(value)]),
  );
  const [state, service, archive] = ['state', 'service', 'archive'].map(
    (name) => values.get(`sightline-${name}`) ?? Number.NaN,
  );
  const ordered = state! > service! && service! > archive!;
  return [
    ...(ordered ? [] : ['PriorityClasses are not in the order state > service > archive']),
    ...podsOf(manifests).flatMap(({ title, name, spec: { priorityClassName = '' } }) => {
      if (!values.has(priorityClassName)) return [`${title}: has no PriorityClass of ours`];
      const due = PRIORITY[name] ?? priorityClassName;
      return due === priorityClassName
        ? []
        : [`${title}: has priority ${priorityClassName} instead of ${due}`];
    }),
  ];
};

/**
 * The kernel drops signals that process 1 does not handle, and Node handles none while it loads. In a shared
 * process namespace the pod's pause container is process 1, so Node receives SIGTERM from the start.
 */
export const sigtermArrivesDuringStart = eachPod((pods) => {
  const ours = containersOf(pods).some(({ image = '' }) => image.startsWith('sightline/'));
  return ours && pods.spec.shareProcessNamespace !== true
    ? ['ignores SIGTERM while it starts: set shareProcessNamespace']
    : [];
});

export const gpusAreRequested = eachPod(({ spec }) => {
  const wants = spec.containers.some(({ image = '' }) => image.includes('embedder-cuda'));
  const has = spec.containers.some(
    ({ resources }) => resources?.limits?.['nvidia.com/gpu'] !== undefined,
  );
  const placed =
    spec.nodeSelector?.['nvidia.com/gpu.present'] === 'true' &&
    (spec.tolerations ?? []).some(({ key }) => key === 'nvidia.com/gpu');
  if (wants && !(has && placed)) return ['uses CUDA but does not request a GPU node'];
  return has && !wants ? ['requests a GPU that it does not use'] : [];
});
