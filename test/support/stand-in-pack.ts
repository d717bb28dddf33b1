import { createHash } from 'node:crypto';
import { mkdir, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { MODELS_DIR } from './start-pipeline.js';
import { TEST_MANIFEST, writeTestPack } from './test-pack.js';

const DETECTION_PACK = 'rfb320-68';

/**
 * Fills `modelsDir` with the files that an embedder reads before it opens its networks: the pack `test`, whose
 * network is an empty file, and the real detection pack.
 */
export async function writeStandInPacks(
  modelsDir: string,
  space: string,
  dimension: number,
): Promise<void> {
  await mkdir(modelsDir, { recursive: true });
  const nothing = Buffer.alloc(0);
  const sha256 = createHash('sha256').update(nothing).digest('hex');
  const artifacts = TEST_MANIFEST.artifacts.map((artifact) => ({ ...artifact, sha256 }));
  await writeTestPack(modelsDir, { space, artifacts, dimension });
  await writeFile(path.join(modelsDir, TEST_MANIFEST.name, artifacts[0]!.file), nothing);
  await symlink(path.join(MODELS_DIR, DETECTION_PACK), path.join(modelsDir, DETECTION_PACK));
}
