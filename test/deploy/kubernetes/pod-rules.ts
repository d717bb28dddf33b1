import { type IProbe } from 'kubernetes-models/v1/Probe';
import { imageProblem } from '../support/image-reference.js';
import { type Manifest, ofKind, titleOf } from './manifest.js';
import { containersOf, isLasting, type Pods, podsOf } from './pods.js';
import { quantity } from './quantity.js';
import { selects } from './selector.js';

/** @returns what is wrong, in words; empty when nothing is */
export type ManifestRule = (manifests: readonly Manifest[]) => string[];

function eachPod(find: (pods: Pods, manifests: readonly Manifest[]) => string[]): ManifestRule {
  return (manifests) =>
    podsOf(manifests).flatMap((pods) =>
      find(pods, manifests).map((problem) => `${pods.title}: ${problem}`),
    );
}

/** Pod Security Standard `restricted`, and a root file system that nobody writes to. */
export const podsAreRestricted = eachPod((pods) => {
  const { securityContext: pod = {}, volumes = [], hostNetwork, hostPID, hostIPC } = pods.spec;
  const wrong = [
    pod.runAsNonRoot !== true && 'runAsNonRoot is not set',
    !(Number(pod.runAsUser) > 0) && 'runs as root',
    pod.seccompProfile?.type !== 'RuntimeDefault' && 'has no seccomp profile',
    (hostNetwork ?? hostPID ?? hostIPC ?? false) && 'shares namespaces with the node',
    volumes.some(({ hostPath }) => hostPath) && "mounts the node's files",
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

export const podsHaveNoToken = eachPod(({ spec }, manifests) => {
  const account = ofKind(manifests, 'ServiceAccount').find(
    ({ metadata }) => metadata.name === spec.serviceAccountName,
  );
  if (!account) return [`there is no ServiceAccount ${spec.serviceAccountName}`];
  const mounted = spec.automountServiceAccountToken !== false;
  return mounted || account.automountServiceAccountToken !== false ? ['gets a token'] : [];
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
        return [`${name} has no bounds of ${resource}`];
      return quantity(request) > quantity(limit)
        ? [`${name} asks for more ${resource} than it may use`]
        : [];
    }),
  ),
);

export const volumesAreThere = eachPod((pods, manifests) => {
  const set = manifests.find((manifest) => titleOf(manifest) === pods.title) as {
    spec?: { volumeClaimTemplates?: { metadata?: { name?: string } }[] };
  };
  const claims = (set.spec?.volumeClaimTemplates ?? []).map(({ metadata }) => metadata?.name);
  const names = [...(pods.spec.volumes ?? []).map(({ name }) => name), ...claims];
  const mounted = containersOf(pods).flatMap(({ volumeMounts = [] }) =>
    volumeMounts.map((m) => m.name),
  );
  return [
    ...mounted.filter((name) => !names.includes(name)).map((name) => `there is no volume ${name}`),
    ...names.filter((name) => !mounted.includes(name!)).map((name) => `nothing mounts ${name}`),
    ...(pods.spec.volumes ?? [])
      .filter(({ emptyDir }) => emptyDir && emptyDir.sizeLimit === undefined)
      .map(({ name }) => `${name} may fill the node's disk`),
  ];
});

/** Restart what hangs, send work to what can do it, and give a slow start its time. */
export const probesMeanIt = eachPod((pods) => {
  if (!isLasting(pods)) return [];
  return pods.spec.containers.flatMap((container) => {
    const { startupProbe, livenessProbe, readinessProbe, name } = container;
    if (!startupProbe || !livenessProbe || !readinessProbe) return [`${name} lacks a probe`];
    const ports = (container.ports ?? []).map((port) => port.name);
    const aimed = [startupProbe, livenessProbe, readinessProbe].map(portOf);
    return [
      secondsOf(startupProbe) < 60 && `${name} may start for ${secondsOf(startupProbe)} s only`,
      secondsOf(livenessProbe) < 30 && `${name} is killed after ${secondsOf(livenessProbe)} s`,
      ...aimed.map(
        (port) => port !== null && !ports.includes(port) && `${name} has no port ${port}`,
      ),
    ].filter((problem) => problem !== false);
  });
});

function secondsOf({ periodSeconds = 10, failureThreshold = 3 }: IProbe): number {
  return periodSeconds * failureThreshold;
}

/** By name; null when a command is run. */
function portOf({ httpGet, tcpSocket, exec }: IProbe): string | null {
  return exec ? null : String((httpGet ?? tcpSocket)?.port);
}

export const replicasSpread = eachPod(({ kind, spec, labels }) => {
  if (kind !== 'Deployment') return [];
  return ['topology.kubernetes.io/zone', 'kubernetes.io/hostname'].flatMap((key) => {
    const rule = spec.topologySpreadConstraints?.find(({ topologyKey }) => topologyKey === key);
    if (!rule) return [`is not spread over ${key}`];
    return rule.labelSelector && selects(rule.labelSelector, labels)
      ? []
      : [`spreads others over ${key}`];
  });
});

/** What holds state stays longest; embedders give way to what callers wait for. */
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
    ...(ordered ? [] : ['PriorityClasses are not state > service > archive']),
    ...podsOf(manifests).flatMap(({ title, name, spec: { priorityClassName = '' } }) => {
      if (!values.has(priorityClassName)) return [`${title}: has no priority`];
      const due = PRIORITY[name] ?? priorityClassName;
      return due === priorityClassName ? [] : [`${title}: is ${priorityClassName}, not ${due}`];
    }),
  ];
};

/**
 * The kernel drops signals that process 1 does not handle, and Node handles none while it loads. With a shared
 * process namespace the pod's own pause is process 1.
 */
export const signalsArriveFromTheStart = eachPod((pods) => {
  const ours = containersOf(pods).some(({ image = '' }) => image.startsWith('sightline/'));
  return ours && pods.spec.shareProcessNamespace !== true ? ['does not hear SIGTERM at first'] : [];
});

export const graphicsCardsAreAskedFor = eachPod(({ spec }) => {
  const wants = spec.containers.some(({ image = '' }) => image.includes('embedder-cuda'));
  const has = spec.containers.some(
    ({ resources }) => resources?.limits?.['nvidia.com/gpu'] !== undefined,
  );
  const placed =
    spec.nodeSelector?.['nvidia.com/gpu.present'] === 'true' &&
    (spec.tolerations ?? []).some(({ key }) => key === 'nvidia.com/gpu');
  if (wants && !(has && placed)) return ['needs a GPU and is not placed where there is one'];
  return has && !wants ? ['takes a GPU that it does not use'] : [];
});
