import { z } from 'zod';
import { encodedEmbeddingSchema } from './embedding.js';
import { boxSchema, derivedIdSchema } from './image-ref.js';

const pointSchema = z.tuple([z.number(), z.number()]);

/** A face with its embedding. Coordinates are pixels of the upright image. */
export const detectedFaceSchema = z.strictObject({
  faceId: derivedIdSchema,
  box: boxSchema,
  /** Left eye, right eye, nose tip, left and right mouth corner, as the viewer sees them. */
  landmarks: z.tuple([pointSchema, pointSchema, pointSchema, pointSchema, pointSchema]),
  /** Detector confidence, 0 to 1. */
  detectionScore: z.number().min(0).max(1),
  /** Quality for matching, 0 to 1: size, sharpness and pose combined. */
  quality: z.number().min(0).max(1),
  embedding: encodedEmbeddingSchema,
});
export type DetectedFace = z.infer<typeof detectedFaceSchema>;
