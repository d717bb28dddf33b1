import { type INetworkPolicy } from 'kubernetes-models/networking.k8s.io/v1/NetworkPolicy';
import { type INetworkPolicyPeer } from 'kubernetes-models/networking.k8s.io/v1/NetworkPolicyPeer';
import { BlockList } from 'node:net';
import { type Manifest, ofKind } from './manifest.js';
import { type Endpoint, endpointsOf, portsOf } from './network-endpoints.js';
import { selects } from './selector.js';

type Direction = 'Ingress' | 'Egress';
type Pod = NonNullable<Endpoint['pod']>;

/**
 * Who may open a TCP connection to whom, `ingest → redis:6379`, by what NetworkPolicies mean: a pod that none
 * selects may do everything; one that some select may do what any of them allows; both ends must allow it.
 */
export function networkFlows(manifests: readonly Manifest[]): string[] {
  const policies = ofKind(manifests, 'NetworkPolicy') as unknown as INetworkPolicy[];
  const endpoints = endpointsOf(manifests);
  const ports = portsOf(manifests);
  return endpoints
    .flatMap((from) =>
      endpoints
        .filter((to) => to !== from || isWorkload(to))
        // What happens outside is not ours to allow.
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

/** Pods of the namespace that the policies are for. */
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
