import { describe, expect, it } from '@jest/globals';
import { parseManifests } from './manifests.js';
import { networkFlows } from './network-flows.js';

/** Two pods, a and b on port 1000, and policies. */
function flows(...policies: string[]): string[] {
  const pod = (name: string) => `
apiVersion: apps/v1
kind: Deployment
metadata: { name: ${name}, namespace: sightline }
spec:
  template:
    metadata: { labels: { app: ${name} } }
    spec: { containers: [{ name: x, ports: [{ containerPort: 1000 }] }] }`;
  const documents = policies.map(
    (spec, index) => `
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: { name: p${index}, namespace: sightline }
spec: ${spec}`,
  );
  return networkFlows(parseManifests([pod('a'), pod('b'), ...documents].join('\n---')));
}

const DENY = '{ podSelector: {}, policyTypes: [Ingress, Egress] }';
const A_OUT = (rule: string) =>
  `{ podSelector: { matchLabels: { app: a } }, policyTypes: [Egress], egress: [${rule}] }`;
const B_IN = (rule: string) =>
  `{ podSelector: { matchLabels: { app: b } }, policyTypes: [Ingress], ingress: [${rule}] }`;
const TO_B =
  '{ to: [{ podSelector: { matchLabels: { app: b } } }], ports: [{ port: 1000, protocol: TCP }] }';
const FROM_A =
  '{ from: [{ podSelector: { matchLabels: { app: a } } }], ports: [{ port: 1000, protocol: TCP }] }';

describe('networkFlows', () => {
  it('allows everything where no policy selects a pod', () => {
    expect(flows()).toEqual(
      expect.arrayContaining(['a → b:1000', 'a → internet:80', 'internet → b:1000']),
    );
  });

  it('denies everything by a policy without rules', () => {
    expect(flows(DENY)).toEqual([]);
  });

  it('needs both ends to allow a connection', () => {
    expect(flows(DENY, A_OUT(TO_B))).toEqual([]);
    expect(flows(DENY, B_IN(FROM_A))).toEqual([]);
    expect(flows(DENY, A_OUT(TO_B), B_IN(FROM_A))).toEqual(['a → b:1000']);
  });

  it('allows a connection only on the ports of the policy', () => {
    const wrong = TO_B.replace('1000', '999');
    expect(flows(DENY, A_OUT(wrong), B_IN(FROM_A))).toEqual([]);
  });

  it('applies a pod selector to the own namespace unless there is a namespace selector', () => {
    const other = '{ matchLabels: { kubernetes.io/metadata.name: other } }';
    const inOther = (labels: string) =>
      flows(
        DENY,
        B_IN(
          `{ from: [{ namespaceSelector: ${other}, podSelector: { matchLabels: ${labels} } }], ports: [{ port: 1000, protocol: TCP }] }`,
        ),
      );
    expect(inOther('{ app.kubernetes.io/name: matcher }')).toEqual(['stranger elsewhere → b:1000']);
    expect(inOther('{ app: none }')).toEqual([]);
  });

  it('does not allow the exceptions of an address range', () => {
    const range = (except: string) =>
      flows(
        DENY,
        A_OUT(
          `{ to: [{ ipBlock: { cidr: 0.0.0.0/0, except: [${except}] } }], ports: [{ port: 443, protocol: TCP }] }`,
        ),
      );
    expect(range('10.0.0.0/8, 192.168.0.0/16, 169.254.0.0/16')).toEqual(['a → internet:443']);
    expect(range('10.0.0.0/8, 192.168.0.0/16')).toEqual([
      'a → cloud metadata:443',
      'a → internet:443',
    ]);
  });
});
