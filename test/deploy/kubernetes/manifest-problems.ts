import * as keda from '@kubernetes-models/keda/keda.sh/v1alpha1';
import * as monitoring from '@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1';
import * as apps from 'kubernetes-models/apps/v1';
import * as batch from 'kubernetes-models/batch/v1';
import * as networking from 'kubernetes-models/networking.k8s.io/v1';
import * as policy from 'kubernetes-models/policy/v1';
import * as scheduling from 'kubernetes-models/scheduling.k8s.io/v1';
import * as core from 'kubernetes-models/v1';
import { type Manifest, titleOf } from './manifests.js';

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

/** Reasons why the API server would reject a manifest or ignore part of it. */
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
  return [...problems, ...unread.map((field) => `unknown field ${field}`)].map(
    (problem) => `${titleOf(manifest)}: ${problem}`,
  );
}

/**
 * Runs a validator and returns the paths of the fields of `data` that it never read. The validators of
 * kubernetes-models accept unknown fields. The API server drops them, so a misspelt field would not be set.
 */
function unreadFields(data: object, validate: (watched: object) => void): string[] {
  const read = new Set<string>();
  validate(watch(data, '', read));
  return [...fieldsOf(data, '')].filter((field) => !read.has(field));
}

function watch<T extends object>(target: T, path: string, read: Set<string>): T {
  const children = new Map<string, unknown>();
  return new Proxy(target, {
    get(object, key) {
      const value: unknown = Reflect.get(object, key);
      if (typeof key !== 'string' || !Object.hasOwn(object, key)) return value;
      const field = `${path}/${key}`;
      read.add(field);
      if (typeof value !== 'object' || value === null) return value;
      // The same proxy each time, because validators compare objects by identity.
      if (!children.has(key)) children.set(key, watch(value, field, read));
      return children.get(key);
    },
  });
}

function* fieldsOf(value: unknown, path: string): Generator<string> {
  if (typeof value !== 'object' || value === null) return;
  for (const [key, child] of Object.entries(value)) {
    yield `${path}/${key}`;
    yield* fieldsOf(child, `${path}/${key}`);
  }
}
