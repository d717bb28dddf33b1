import { isDeepStrictEqual } from 'node:util';
import { type Manifest } from '#shared/models/manifest.js';

/** Whether two manifests describe the same pack. Thresholds are left out: calibrating is the user's affair. */
export function isSameNetwork(one: Manifest, other: Manifest): boolean {
  return isDeepStrictEqual(uncalibrated(one), uncalibrated(other));
}

function uncalibrated(manifest: Manifest): Manifest {
  return manifest.task === 'embedding'
    ? { ...manifest, normalisation: null, calibrations: [] }
    : manifest;
}
