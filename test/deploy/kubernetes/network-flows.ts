import { type INetworkPolicy } from 'kubernetes-models/networking.k8s.io/v1/NetworkPolicy';
import { type INetworkPolicyPeer } from 'kubernetes-models/networking.k8s.io/v1/NetworkPolicyPeer';
import { BlockList } from 'node:net';
import { type Manifest, ofKind } from './manifests.js';
import { containersOf, podsOf, selects } from './pods.js';

type Direction = 'Ingress' | 'Egress';
type Pod = NonNullable<Endpoint['pod']>;

/**
 * The TCP connections that the NetworkPolicies allow, as `ingest → redis:6379`. A pod that no policy selects may
 * open and accept every connection. Otherwise one of its policies must allow the connection. Both ends must allow it.
 */
export function networkFlows(manifests: readonly Manifest[]): string[] {
  const policies = ofKind(manifests, 'NetworkPolicy') as unknown as INetworkPolicy[];
  const endpoints = endpointsOf(manifests);
  const ports = portsOf(manifests);
  return endpoints
    .flatMap((from) =>
      endpoints
        .filter((to) => to !== from || isWorkload(to))
        // Connections between two endpoints outside are not ours to allow.
        .filter((to) => isWorkload(from) || isWorkload(to))
        .flatMap((to) =>
          ports
            .filter((port) => allows(policies, 'Egress', from, to, port))
            .filter((port) => allows(policies, 'Ingress', to, from, port))
            .map((port) => `${from.name} → ${to.name}:${port}`),
        ),
    )
    .sort();
}

/** Whether the endpoint is a pod of our namespace. */
function isWorkload({ pod }: Endpoint): boolean {
  return pod?.namespace === 'sightline';
}

function allows(
  policies: readonly INetworkPolicy[],
  direction: Direction,
  own: Endpoint,
  peer: Endpoint,
  port: number,
): boolean {
  const { pod } = own;
  if (!pod) return true;
  const applying = policies.filter(
    ({ metadata, spec }) =>
      metadata?.namespace === pod.namespace &&
      spec?.policyTypes?.includes(direction) &&
      selects(spec.podSelector, pod.labels),
  );
  if (applying.length === 0) return true;
  const rules = applying.flatMap(({ spec }) =>
    direction === 'Egress'
      ? (spec?.egress ?? []).map(({ to, ports }) => ({ peers: to, ports }))
      : (spec?.ingress ?? []).map(({ from, ports }) => ({ peers: from, ports })),
  );
  return rules.some(
    ({ peers, ports }) =>
      (ports?.some((p) => p.port === port && p.protocol === 'TCP') ?? true) &&
      (peers?.some((candidate) => isPeer(candidate, pod, peer)) ?? true),
  );
}

function isPeer(peer: INetworkPolicyPeer, own: Pod, { address, pod }: Endpoint): boolean {
  const { ipBlock, namespaceSelector, podSelector } = peer;
  if (ipBlock) {
    return (
      inRange(ipBlock.cidr, address) && !ipBlock.except?.some((range) => inRange(range, address))
    );
  }
  if (!pod) return false;
  const inNamespace = namespaceSelector
    ? selects(namespaceSelector, pod.namespaceLabels)
    : pod.namespace === own.namespace;
  return inNamespace && selects(podSelector ?? {}, pod.labels);
}

function inRange(range: string, address: string): boolean {
  const [network = '', bits] = range.split('/');
  const list = new BlockList();
  list.addSubnet(network, Number(bits));
  return list.check(address);
}

/** A source or destination of connections. */
interface Endpoint {
  readonly name: string;
  readonly address: string;
  /** Absent for endpoints outside the cluster. */
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

/** One example for each other kind of endpoint that policies distinguish. */
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

/** The workloads, and one example for each other kind of endpoint. */
function endpointsOf(manifests: readonly Manifest[]): Endpoint[] {
  const workloads = podsOf(manifests).map(({ name, labels }, index) => ({
    name,
    address: `10.1.0.${index + 1}`,
    pod: podIn(OWN, labels),
  }));
  return [...workloads, ...OTHERS];
}

/** Ports of containers and of policies. */
function portsOf(manifests: readonly Manifest[]): number[] {
  const listening = podsOf(manifests).flatMap((pods) =>
    containersOf(pods).flatMap(({ ports = [] }) => ports.map((port) => port.containerPort)),
  );
  const policies = ofKind(manifests, 'NetworkPolicy') as unknown as INetworkPolicy[];
  const spokenOf = policies
    .flatMap(({ spec }) => [...(spec?.ingress ?? []), ...(spec?.egress ?? [])])
    .flatMap(({ ports = [] }) => ports.map(({ port }) => Number(port)));
  return [...new Set([...listening, ...spokenOf, 80, 443])].sort((a, b) => a - b);
}
