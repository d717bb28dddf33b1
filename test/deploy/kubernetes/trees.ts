import { appendFile, cp, mkdtemp, mkdir, rm, writeFile } from 'node:fs/promises';
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
  return inCopy(async (overlays) => {
    const components = names.split(', ').map((name) => `../../components/${name}`);
    const own = path.join(overlays, 'own');
    await mkdir(own);
    await writeFile(
      path.join(own, 'kustomization.yaml'),
      `resources: [../production]\ncomponents: [${components.join(', ')}]\n`,
    );
    return buildManifests(own);
  });
}

/** Builds the overlay for GPUs on a production that has more in its kustomization. */
export async function buildGpuOn(addition: string): Promise<Manifest[]> {
  return inCopy(async (overlays) => {
    await appendFile(path.join(overlays, 'production/kustomization.yaml'), addition);
    return buildManifests(path.join(overlays, 'gpu'));
  });
}

async function inCopy<T>(work: (overlays: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(path.join(tmpdir(), 'sightline-k8s-'));
  try {
    for (const part of ['k8s', 'observability']) {
      await cp(path.join(PROJECT, part), path.join(folder, part), { recursive: true });
    }
    return await work(path.join(folder, 'k8s/overlays'));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
