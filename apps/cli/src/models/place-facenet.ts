import { type EmbeddingManifest } from '#shared/models/manifest.js';
import { MANIFEST_FILE } from '#shared/models/read-pack.js';
import { encodeManifest } from './encode-manifest.js';
import { facenetManifest } from './facenet/facenet-manifest.js';
import { type ImportedFacenet } from './facenet/import-facenet.js';
import { placePack, type InstallOutcome, type PlaceOptions } from './place-pack.js';

/** Puts an imported FaceNet in `modelsDir`. @param name `facenet128` or `facenet512` unless told */
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
