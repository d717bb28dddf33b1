import { execFile } from 'node:child_process';
import { appendFile, cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { parseAllDocuments } from 'yaml';
import { z } from 'zod';
import { PROJECT } from '../support/project.js';

/** Fields that every Kubernetes object has. `manifestProblems` validates the others with the Kubernetes schemas. */
const manifestSchema = z.looseObject({
  apiVersion: z.string(),
  kind: z.string(),
  metadata: z.looseObject({
    name: z.string().optional(),
    generateName: z.string().optional(),
    namespace: z.string().optional(),
    labels: z.record(z.string(), z.string()).default({}),
  }),
});
export type Manifest = z.output<typeof manifestSchema>;

/** `Deployment ingest` */
export function titleOf({ kind, metadata }: Manifest): string {
  return `${kind} ${metadata.name ?? metadata.generateName ?? ''}`;
}

export function ofKind(manifests: readonly Manifest[], kind: string): Manifest[] {
  return manifests.filter((manifest) => manifest.kind === kind);
}

export const K8S = path.join(PROJECT, 'k8s');

/** The objects that `kubectl apply -k` would send. */
export async function buildManifests(folder: string): Promise<Manifest[]> {
  const { stdout, stderr } = await promisify(execFile)('kubectl', ['kustomize', folder], {
    maxBuffer: 32 * 1024 * 1024,
  });
  // kubectl warns about deprecated fields on stderr.
  if (stderr !== '') throw new Error(`kubectl kustomize ${folder} printed a warning: ${stderr}`);
  return parseManifests(stdout);
}

export async function readManifests(file: string): Promise<Manifest[]> {
  return parseManifests(await readFile(path.join(K8S, file), 'utf8'));
}

export function parseManifests(text: string): Manifest[] {
  return parseAllDocuments(text, { merge: true }).map((document) => {
    if (document.errors[0]) throw document.errors[0];
    return manifestSchema.parse(document.toJS());
  });
}

export const OVERLAYS = ['dev', 'production', 'gpu'] as const;
/** Single components, and combinations that change the same objects. */
export const COMPONENTS = [
  'shared-models',
  'managed-redis',
  'monitoring',
  'metrics-key',
  'monitoring, metrics-key',
  'tracing',
] as const;

/** Builds production with components, as a user's own overlay would. */
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

/** Builds the GPU overlay on a production overlay with additions. */
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
