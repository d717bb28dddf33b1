import { type ILabelSelector } from '@kubernetes-models/apimachinery/apis/meta/v1/LabelSelector';
import { type IContainer } from 'kubernetes-models/v1/Container';
import { type IPodTemplateSpec } from 'kubernetes-models/v1/PodTemplateSpec';
import { type Manifest, ofKind, titleOf } from './manifests.js';

type Container = IContainer;

/** The pods of a Deployment, StatefulSet, Job or CronJob. */
export interface Pods {
  readonly title: string;
  readonly kind: string;
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly spec: NonNullable<IPodTemplateSpec['spec']>;
}

/** The pods of every workload. The manifests must be valid by the Kubernetes schemas. */
export function podsOf(manifests: readonly Manifest[]): Pods[] {
  return manifests.flatMap((manifest) => {
    const template = templateOf(manifest);
    if (!template?.spec) return [];
    return [
      {
        title: titleOf(manifest),
        kind: manifest.kind,
        name: manifest.metadata.name ?? manifest.metadata.generateName ?? '',
        labels: template.metadata?.labels ?? {},
        spec: template.spec,
      },
    ];
  });
}

interface Workload {
  readonly spec?: {
    readonly template?: IPodTemplateSpec;
    readonly jobTemplate?: { readonly spec?: { readonly template?: IPodTemplateSpec } };
  };
}

function templateOf(manifest: Manifest): IPodTemplateSpec | undefined {
  const { spec } = manifest as Workload;
  return manifest.kind === 'CronJob' ? spec?.jobTemplate?.spec?.template : spec?.template;
}

/** Containers and init containers. */
export function containersOf({ spec }: Pods): Container[] {
  return [...(spec.initContainers ?? []), ...spec.containers];
}

export function portNamesOf(pods: Pods): (string | undefined)[] {
  return containersOf(pods).flatMap(({ ports = [] }) => ports.map(({ name }) => name));
}

/** Runs until it is stopped, unlike a Job. */
export function isLongRunning({ kind }: Pods): boolean {
  return kind === 'Deployment' || kind === 'StatefulSet';
}

/**
 * The environment of a workload's main container.
 * @param secrets stand for the Secrets of the cluster
 * @throws Error when a ConfigMap, Secret or key does not exist
 */
export function environmentOf(
  { title, spec }: Pods,
  manifests: readonly Manifest[],
  secrets: readonly Manifest[],
): Record<string, string> {
  const [container] = spec.containers;
  const result: Record<string, string> = {};
  for (const { configMapRef } of container?.envFrom ?? []) {
    const map = ofKind(manifests, 'ConfigMap').find((m) => m.metadata.name === configMapRef?.name);
    if (!map) throw new Error(`${title}: ConfigMap ${configMapRef?.name} does not exist`);
    Object.assign(result, map.data);
  }
  for (const { name, value, valueFrom } of container?.env ?? []) {
    const reference = valueFrom?.secretKeyRef;
    if (reference) result[name] = secretValue(secrets, reference.name ?? '', reference.key, title);
    else if (value !== undefined) result[name] = value;
  }
  return result;
}

function secretValue(
  secrets: readonly Manifest[],
  name: string,
  key: string,
  title: string,
): string {
  const secret = secrets.find(({ metadata }) => metadata.name === name);
  const value = (secret?.stringData as Record<string, string> | undefined)?.[key];
  if (value === undefined) throw new Error(`${title}: Secret ${name} has no key ${key}`);
  return value;
}

const FACTORS: Readonly<Record<string, number>> = {
  m: 1e-3,
  '': 1,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
};

/** A Kubernetes quantity as a number: `500m` is 0.5 cores, `1Gi` 2^30 bytes. */
export function quantity(text: string | number | undefined): number {
  const [, number, unit = ''] = /^([\d.]+)([a-zA-Z]*)$/.exec(String(text)) ?? [];
  const factor = FACTORS[unit];
  if (number === undefined || factor === undefined)
    throw new Error(`${text} is not a Kubernetes quantity`);
  return Number(number) * factor;
}

type Labels = Readonly<Record<string, string>>;

/** Whether a label selector matches an object. A selector without conditions matches everything. */
export function selects(selector: ILabelSelector, labels: Labels): boolean {
  const { matchLabels = {}, matchExpressions = [] } = selector;
  return (
    Object.entries(matchLabels).every(([key, value]) => labels[key] === value) &&
    matchExpressions.every(({ key, operator, values = [] }) => {
      const value = labels[key];
      if (operator === 'Exists') return value !== undefined;
      if (operator === 'DoesNotExist') return value === undefined;
      const listed = value !== undefined && values.includes(value);
      return operator === 'In' ? listed : !listed;
    })
  );
}
