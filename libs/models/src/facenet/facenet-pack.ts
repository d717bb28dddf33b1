/** The pack of an imported FaceNet. */
import { createHash } from 'node:crypto';
import { placePack, type InstallOutcome, type PlaceOptions } from '../install/place-pack.js';
import { facenet160 } from '../packs/alignment.js';
import { type EmbeddingManifest, encodeManifest } from '../packs/manifest.js';
import { MANIFEST_FILE } from '../packs/read-pack.js';
import { FACENET_INPUT, type ImportedFacenet } from './import-facenet.js';

/** Version of packs with the published weights. */
const PUBLISHED = '1';

/**
 * The manifest of an imported FaceNet.
 * @param name name of the pack; default: `facenet128` or `facenet512`
 * @param calibrations calibrations of exactly these weights, if known
 */
export function facenetManifest(
  imported: ImportedFacenet,
  name = `facenet${imported.dimension}`,
  calibrations: EmbeddingManifest['calibrations'] = [],
): EmbeddingManifest {
  const { dimension, source, artifacts, knownAnswers } = imported;
  const version = name === `facenet${dimension}` ? PUBLISHED : versionOf(imported);
  return {
    schema: 2,
    name,
    version,
    task: 'embedding',
    description: `FaceNet (Inception-ResNet-v1), ${dimension} numbers per face`,
    source: `Keras file ${source}; batch norm and residual scales folded, weights under 1e-15 set to zero`,
    licence:
      'The network and its releases: MIT (github.com/davidsandberg/facenet). Whoever gave out the imported file may set other terms, and so may those of the photographs that it was trained on.',
    artifacts,
    space: `${name}@${version}+${facenet160.template}`,
    input: FACENET_INPUT,
    alignment: facenet160,
    dimension,
    metric: 'cosine',
    normalisation: null,
    calibrations,
    knownAnswers,
  };
}

/** A hash of the known answer. Other weights under the same name get another version, and so another model space. */
function versionOf({ knownAnswers }: ImportedFacenet): string {
  return createHash('sha256').update(knownAnswers[0]!.output).digest('hex').slice(0, 8);
}

/** Installs an imported FaceNet in `modelsDir`. @param name default: `facenet128` or `facenet512` */
export async function placeFacenet(
  modelsDir: string,
  imported: ImportedFacenet,
  name: string | undefined,
  {
    calibrations,
    ...options
  }: PlaceOptions & { readonly calibrations?: EmbeddingManifest['calibrations'] },
): Promise<{ readonly name: string; readonly outcome: InstallOutcome }> {
  const manifest = facenetManifest(imported, name, calibrations);
  const files = new Map([...imported.files, [MANIFEST_FILE, encodeManifest(manifest)]]);
  const outcome = await placePack(modelsDir, manifest.name, files, options);
  return { name: manifest.name, outcome };
}
