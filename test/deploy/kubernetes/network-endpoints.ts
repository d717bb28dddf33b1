import { type INetworkPolicy } from 'kubernetes-models/networking.k8s.io/v1/NetworkPolicy';
import { type Manifest, ofKind } from './manifest.js';
import { containersOf, podsOf } from './pods.js';

/** Something that packets come from or go to. */
export interface Endpoint {
  readonly name: string;
  readonly address: string;
  /** Absent for what is outside the cluster. */
  readonly pod?: {
    readonly namespace: string;
    readonly labels: Readonly<Record<string, string>>;
    readonly namespaceLabels: Readonly<Record<string, string>>;
  };
}

const OWN = 'sightline';

function podIn(
  namespace: string,
  labels: Record<string, string>,
  more: Record<string, string> = {},
) {
  return {
    namespace,
    labels,
    namespaceLabels: { 'kubernetes.io/metadata.name': namespace, ...more },
  };
}

/** Everything else that policies tell apart. */
const OTHERS: readonly Endpoint[] = [
  { name: 'dns', address: '10.0.0.10', pod: podIn('kube-system', { 'k8s-app': 'kube-dns' }) },
  { name: 'kube-system', address: '10.0.0.11', pod: podIn('kube-system', {}) },
  { name: 'monitoring', address: '10.0.0.12', pod: podIn('monitoring', {}) },
  { name: 'keda', address: '10.0.0.13', pod: podIn('keda', {}) },
  {
    name: 'ingress controller',
    address: '10.0.0.14',
    pod: podIn('ingress', {}, { 'sightline.io/ingress': 'true' }),
  },
  { name: 'client', address: '10.0.0.15', pod: podIn(OWN, { 'sightline.io/client': 'true' }) },
  { name: 'stranger inside', address: '10.0.0.16', pod: podIn(OWN, {}) },
  {
    name: 'stranger elsewhere',
    address: '10.0.0.17',
    pod: podIn('other', { 'app.kubernetes.io/name': 'matcher' }),
  },
  { name: 'internet', address: '203.0.113.7' },
  { name: 'company network', address: '192.168.3.4' },
  { name: 'cloud metadata', address: '169.254.169.254' },
];

/** The workloads, and representatives of everything else. */
export function endpointsOf(manifests: readonly Manifest[]): Endpoint[] {
  const workloads = podsOf(manifests).map(({ name, labels }, index) => ({
    name,
    address: `10.1.0.${index + 1}`,
    pod: podIn(OWN, labels),
  }));
  return [...workloads, ...OTHERS];
}

/** Ports that somebody listens on or a policy speaks of. */
export function portsOf(manifests: readonly Manifest[]): number[] {
  const listening = podsOf(manifests).flatMap((pods) =>
    containersOf(pods).flatMap(({ ports = [] }) => ports.map((port) => port.containerPort)),
  );
  const policies = ofKind(manifests, 'NetworkPolicy') as unknown as INetworkPolicy[];
  const spokenOf = policies
    .flatMap(({ spec }) => [...(spec?.ingress ?? []), ...(spec?.egress ?? [])])
    .flatMap(({ ports = [] }) => ports.map(({ port }) => Number(port)));
  return [...new Set([...listening, ...spokenOf, 80, 443])].sort((a, b) => a - b);
}
