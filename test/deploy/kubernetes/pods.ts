import { type IContainer } from 'kubernetes-models/v1/Container';
import { type IPodTemplateSpec } from 'kubernetes-models/v1/PodTemplateSpec';
import { type Manifest, titleOf } from './manifest.js';

type Container = IContainer;

/** A workload's pods, whatever makes them. */
export interface Pods {
  readonly title: string;
  readonly kind: string;
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly spec: NonNullable<IPodTemplateSpec['spec']>;
}

/** The pods of every workload. Manifests that the API's schemas refuse give nonsense. */
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

/** Those that prepare the pod, too. */
export function containersOf({ spec }: Pods): Container[] {
  return [...(spec.initContainers ?? []), ...spec.containers];
}

export function portNamesOf(pods: Pods): (string | undefined)[] {
  return containersOf(pods).flatMap(({ ports = [] }) => ports.map(({ name }) => name));
}

/** Runs until it is told to stop. */
export function isLasting({ kind }: Pods): boolean {
  return kind === 'Deployment' || kind === 'StatefulSet';
}
