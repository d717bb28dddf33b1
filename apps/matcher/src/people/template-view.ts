import { type Template } from '../vectors/vector-store.port.js';

/** A template as the API shows it: without its embedding, which is a biometric. */
export function templateView({ id, faceId, image, box, quality, enrolledAt }: Template) {
  return { id, faceId, image, box, quality, enrolledAt: new Date(enrolledAt).toISOString() };
}
