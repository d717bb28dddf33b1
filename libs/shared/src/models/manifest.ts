import { z } from 'zod';
import { spaceIdSchema } from '../contracts/embedding.js';

const sha256Schema = z.string().regex(/^[0-9a-f]{64}$/);
const pointSchema = z.tuple([z.number(), z.number()]);

const artifactSchema = z.strictObject({
  /** File name inside the pack's folder. */
  file: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]*$/),
  /** What the network does in the pack: `embed`, `detect` or `landmarks`. */
  role: z.enum(['embed', 'detect', 'landmarks']),
  format: z.enum(['onnx']),
  sha256: sha256Schema,
});

/** How pixels become network input: (value − mean) / std per channel, values 0 to 255. */
const inputSchema = z.strictObject({
  width: z.number().int().positive(),
  height: z.number().int().positive(),
  channels: z.enum(['rgb', 'bgr', 'grey']),
  layout: z.enum(['nchw', 'nhwc']),
  mean: z.number(),
  std: z.number().positive(),
});
export type NetworkInput = z.infer<typeof inputSchema>;

/**
 * The network run on a synthetic input, batch 1: x[i,j,c] = 0.6·sin(0.1·i) + 0.3·cos(0.07·j)·(c+1)/3,
 * row i, column j, channel c, fed as the normalised input. Catches a wrong runtime or a wrong conversion.
 */
const knownAnswerSchema = z.strictObject({
  role: z.enum(['embed', 'detect', 'landmarks']),
  /** Name of the output that is compared. */
  outputName: z.string().min(1),
  /** Every how many-th of its values is compared, from the first on; 1 takes them all. */
  every: z.number().int().positive(),
  /** Those values, float32 little-endian base64; an embedding is L2-normalised first. */
  output: z.base64(),
  /** Lowest cosine similarity to it that passes. */
  minCosine: z.number(),
});

const commonShape = {
  schema: z.literal(1),
  name: z.string().regex(/^[a-z0-9][a-z0-9._-]{0,63}$/),
  version: z.string().regex(/^[a-z0-9._-]{1,16}$/),
  description: z.string(),
  /** Where the artifacts come from, for a person to follow. */
  source: z.string(),
  licence: z.string(),
  artifacts: z.array(artifactSchema).min(1),
  knownAnswers: z.array(knownAnswerSchema).min(1),
};

/** A threshold and the false-accept rate it was measured at. */
const thresholdSchema = z.strictObject({
  falseAcceptRate: z.number().positive().max(1),
  /** Cosine similarity. */
  threshold: z.number().min(-1).max(1),
  /** Pairs of strangers it was measured on, and a word on where they come from. */
  impostorPairs: z.number().int().positive(),
  data: z.string(),
});

export const embeddingManifestSchema = z.strictObject({
  ...commonShape,
  task: z.literal('embedding'),
  space: spaceIdSchema,
  input: inputSchema,
  alignment: z.strictObject({
    template: z.string().regex(/^[a-z0-9._-]{1,32}$/),
    /** Where left eye, right eye, nose and mouth corners go, in pixels of the input. */
    points: z.tuple([pointSchema, pointSchema, pointSchema, pointSchema, pointSchema]),
  }),
  dimension: z.number().int().positive(),
  metric: z.literal('cosine'),
  /** Strictest last. */
  thresholds: z.array(thresholdSchema).min(1),
});
export type EmbeddingManifest = z.infer<typeof embeddingManifestSchema>;

export const detectionManifestSchema = z.strictObject({
  ...commonShape,
  task: z.literal('detection'),
  detect: inputSchema,
  landmarks: inputSchema,
  /** Lowest detector confidence that counts as a face. */
  minScore: z.number().min(0).max(1),
  /** Boxes that overlap more than this (intersection over union) are one face. */
  maxOverlap: z.number().min(0).max(1),
});
export type DetectionManifest = z.infer<typeof detectionManifestSchema>;

export const manifestSchema = z.discriminatedUnion('task', [
  embeddingManifestSchema,
  detectionManifestSchema,
]);
export type Manifest = z.infer<typeof manifestSchema>;
