import { type DetectedFace } from '#shared/contracts/detected-face.js';
import { type EmbedImageResult } from '#shared/contracts/embed-image.contract.js';
import { encodeEmbedding } from '#shared/contracts/embedding.js';
import { faceId } from '#shared/contracts/image-ref.js';
import { type FoundFace, type FoundFaces } from '#vision/face-pipeline.js';

/** An archive keeps every face that has an embedding; its quality goes along. */
export function allFaces(imageId: string, found: FoundFaces): DetectedFace[] {
  return found.faces.flatMap((face) => {
    const { embedding } = face;
    return embedding ? [detectedFace(imageId, face, embedding)] : [];
  });
}

/** A query or an enrolment gets the faces worth answering for, and hears about the others. */
export function usableFaces(imageId: string, found: FoundFaces): EmbedImageResult {
  const { width, height } = found;
  const result: EmbedImageResult = { imageId, width, height, faces: [], unusable: [] };
  for (const face of found.faces) {
    if (face.embedding && !face.flaw) {
      result.faces.push(detectedFace(imageId, face, face.embedding));
    } else {
      result.unusable.push({ box: face.box, reason: face.flaw ?? 'no clear eyes, nose and mouth' });
    }
  }
  return result;
}

function detectedFace(imageId: string, face: FoundFace, embedding: Float32Array): DetectedFace {
  const [leftEye, rightEye, nose, leftMouth, rightMouth] = face.landmarks;
  return {
    faceId: faceId(imageId, face.box),
    box: face.box,
    landmarks: [[...leftEye], [...rightEye], [...nose], [...leftMouth], [...rightMouth]],
    detectionScore: face.detectionScore,
    quality: face.quality,
    embedding: encodeEmbedding(embedding),
  };
}
