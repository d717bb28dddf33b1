import { type DetectedFace } from '#shared/contracts/detected-face.js';
import { encodeEmbedding } from '#shared/contracts/embedding.js';
import { faceId, imageId, type Box, type ImageRef } from '#shared/contracts/image-ref.js';
import { type MatchFacesPayload } from '#shared/contracts/match-faces.contract.js';
import { TEST_SPACE } from './test-pack.js';

/** The `index`-th face of an image, 50 pixels high. */
export function detectedFace(image: string, index: number, vector: Float32Array): DetectedFace {
  const box: Box = { x: 60 * index, y: 10, width: 40, height: 50 };
  return {
    faceId: faceId(image, box),
    box,
    landmarks: [
      [0, 0],
      [0, 0],
      [0, 0],
      [0, 0],
      [0, 0],
    ],
    detectionScore: 0.9,
    quality: 0.8,
    embedding: encodeEmbedding(vector),
  };
}

/** A match-faces job for an image that shows one face per vector. */
export function matchFacesJob(
  key: string,
  vectors: readonly Float32Array[],
  rest: Partial<MatchFacesPayload> = {},
): MatchFacesPayload {
  const image: ImageRef = rest.image ?? { store: 'archive', key, version: 'v1' };
  const tenant = rest.tenant ?? 'default';
  const id = imageId(tenant, image, TEST_SPACE);
  return {
    v: 2,
    tenant,
    imageId: id,
    image,
    width: 640,
    height: 480,
    incomplete: false,
    source: { kind: 'import', importId: '1' },
    lane: 'archive',
    space: TEST_SPACE,
    observedAt: '2026-01-02T03:04:05.000Z',
    faces: vectors.map((vector, index) => detectedFace(id, index, vector)),
    ...rest,
  };
}
