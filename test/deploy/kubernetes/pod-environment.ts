import { type Manifest, ofKind } from './manifest.js';
import { type Pods } from './pods.js';

/**
 * The environment that a workload's main container starts with.
 * @param secrets in the place of those that the cluster has
 * @throws Error naming a ConfigMap, Secret or key that there is not
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
    if (!map) throw new Error(`${title}: there is no ConfigMap ${configMapRef?.name}`);
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
  if (value === undefined) throw new Error(`${title}: there is no key ${key} of Secret ${name}`);
  return value;
}
