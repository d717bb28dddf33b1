import * as keda from '@kubernetes-models/keda/keda.sh/v1alpha1';
import * as monitoring from '@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1';
import * as apps from 'kubernetes-models/apps/v1';
import * as batch from 'kubernetes-models/batch/v1';
import * as networking from 'kubernetes-models/networking.k8s.io/v1';
import * as policy from 'kubernetes-models/policy/v1';
import * as scheduling from 'kubernetes-models/scheduling.k8s.io/v1';
import * as core from 'kubernetes-models/v1';
import { type Manifest, titleOf } from './manifest.js';
import { unreadFields } from './unread-fields.js';

interface Model {
  readonly prototype: { validate(this: object): void };
}

const MODELS: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  v1: core,
  'apps/v1': apps,
  'batch/v1': batch,
  'networking.k8s.io/v1': networking,
  'policy/v1': policy,
  'scheduling.k8s.io/v1': scheduling,
  'keda.sh/v1alpha1': keda,
  'monitoring.coreos.com/v1': monitoring,
};

/** Why the API server would refuse a manifest, or silently leave part of it out. */
export function manifestProblems(manifest: Manifest): string[] {
  const model = MODELS[manifest.apiVersion]?.[manifest.kind] as Model | undefined;
  if (!model) return [`${manifest.apiVersion} has no kind ${manifest.kind}`];
  const problems: string[] = [];
  const unread = unreadFields(manifest, (watched) => {
    try {
      Reflect.apply(model.prototype.validate, watched, []);
    } catch (error) {
      problems.push((error as Error).message);
    }
  });
  return [...problems, ...unread.map((field) => `there is no field ${field}`)].map(
    (problem) => `${titleOf(manifest)}: ${problem}`,
  );
}
