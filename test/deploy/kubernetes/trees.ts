import { cp, mkdtemp, mkdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { PROJECT } from '../support/project.js';
import { buildManifests } from './build-manifests.js';
import { type Manifest } from './manifest.js';

export const OVERLAYS = ['dev', 'production', 'gpu'] as const;
/** One, or several that touch the same objects. */
export const COMPONENTS = [
  'shared-models',
  'managed-redis',
  'monitoring',
  'metrics-key',
  'monitoring, metrics-key',
  'tracing',
] as const;

/** Builds production with components, as an overlay of somebody's own would. */
export async function buildWithComponents(names: string): Promise<Manifest[]> {
  const folder = await mkdtemp(path.join(tmpdir(), 'sightline-k8s-'));
  try {
    for (const part of ['k8s', 'observability']) {
      await cp(path.join(PROJECT, part), path.join(folder, part), { recursive: true });
    }
    const overlay = path.join(folder, 'k8s/overlays/own');
    const components = names.split(', ').map((name) => `../../components/${name}`);
    await mkdir(overlay);
    await writeFile(
      path.join(overlay, 'kustomization.yaml'),
      `resources: [../production]\ncomponents: [${components.join(', ')}]\n`,
    );
    return await buildManifests(overlay);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
