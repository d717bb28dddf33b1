import { cp, mkdtemp, mkdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { buildManifests, K8S } from './build-manifests.js';
import { type Manifest } from './manifest.js';

export const OVERLAYS = ['dev', 'production', 'gpu'] as const;
export const COMPONENTS = ['shared-models', 'managed-redis', 'tracing'] as const;

/** Builds production with a component, as an overlay of somebody's own would. */
export async function buildWithComponent(component: string): Promise<Manifest[]> {
  const folder = await mkdtemp(path.join(tmpdir(), 'sightline-k8s-'));
  try {
    await cp(K8S, folder, { recursive: true });
    const overlay = path.join(folder, 'overlays/own');
    await mkdir(overlay);
    await writeFile(
      path.join(overlay, 'kustomization.yaml'),
      `resources: [../production]\ncomponents: [../../components/${component}]\n`,
    );
    return await buildManifests(overlay);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
