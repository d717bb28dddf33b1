import { type Manifest } from '#shared/models/manifest.js';

/** The bytes of a pack's manifest.json. */
export function encodeManifest(manifest: Manifest): Buffer {
  return Buffer.from(`${JSON.stringify(manifest, null, 2)}\n`);
}
