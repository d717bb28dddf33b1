import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { parseAllDocuments } from 'yaml';
import { PROJECT } from '../support/project.js';
import { type Manifest, manifestSchema } from './manifest.js';

export const K8S = path.join(PROJECT, 'k8s');

/** What `kubectl apply -k` would send. */
export async function buildManifests(folder: string): Promise<Manifest[]> {
  const { stdout, stderr } = await promisify(execFile)('kubectl', ['kustomize', folder], {
    maxBuffer: 32 * 1024 * 1024,
  });
  // Deprecated fields and the like.
  if (stderr !== '') throw new Error(`kubectl kustomize ${folder} warns: ${stderr}`);
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
