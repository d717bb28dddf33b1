const ROOT = 'cameras/';

/** Where the uploads store keeps what a tenant's cameras sent, or one of them. */
export function snapshotFolder(tenant: string, cameraId?: string): string {
  return cameraId === undefined ? `${ROOT}${tenant}/` : `${ROOT}${tenant}/${cameraId}/`;
}

/** @param sha256 of the snapshot: sent again, it is the same object */
export function snapshotKey(tenant: string, cameraId: string, sha256: string): string {
  return snapshotFolder(tenant, cameraId) + sha256;
}
