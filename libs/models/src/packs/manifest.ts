import { z } from 'zod';
import { spaceIdSchema, type Metric, metricSchema } from '#shared/contracts/embedding.js';

const sha256Schema = z.string().regex(/^[0-9a-f]{64}$/);
const pointSchema = z.tuple([z.number(), z.number()]);

const precisionSchema = z.enum(['float32', 'int8']);
export type Precision = z.infer<typeof precisionSchema>;

const artifactSchema = z.strictObject({
  /** File name inside the pack's folder. */
  file: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]*$/),
  /** What the network does in the pack: `embed`, `detect` or `landmarks`. */
  role: z.enum(['embed', 'detect', 'landmarks']),
  /** `tfjs` is a TF.js graph model's JSON, `tfjs-weights` one of the files its weights lie in. */
  format: z.enum(['onnx', 'tfjs', 'tfjs-weights']),
  /** What it computes in. */
  precision: precisionSchema,
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

export const packNameSchema = z.string().regex(/^[a-z0-9][a-z0-9._-]{0,63}$/);

const commonShape = {
  schema: z.literal(2),
  name: packNameSchema,
  version: z.string().regex(/^[a-z0-9._-]{1,16}$/),
  description: z.string(),
  /** Where the artifacts come from, for a person to follow. */
  source: z.string(),
  licence: z.string(),
  artifacts: z.array(artifactSchema).min(1),
  knownAnswers: z.array(knownAnswerSchema).min(1),
};

const rateSchema = z.number().min(0).max(1);

/** A threshold, and how often strangers and how often the same person reach it. */
const operatingPointSchema = z.strictObject({
  /** The rate that was asked for; the measured one is at or below it. */
  falseAcceptRate: z.number().positive().max(1),
  /** Lowest score that is accepted, in the calibration's metric. */
  threshold: z.number(),
  /** 95 % confidence interval of the false-accept rate at the threshold. */
  falseAcceptInterval: z.tuple([rateSchema, rateSchema]),
  /** Share of same-person pairs that reach the threshold. */
  trueAcceptRate: rateSchema,
});

const calibratedShape = {
  genuinePairs: z.number().int().nonnegative(),
  impostorPairs: z.number().int().positive(),
  /** Strictest last. */
  points: z.array(operatingPointSchema).min(1),
};

/** Thresholds hold for the detector, alignment and metric they were measured with, and no other. */
const calibrationSchema = z.strictObject({
  /** Detection pack. */
  detector: z.string(),
  /** Alignment template. */
  alignment: z.string(),
  metric: metricSchema,
  /** sha256 of the cohort that scores were normalised with; null for `cosine`. */
  cohort: sha256Schema.nullable(),
  /** A word on the photographs. */
  data: z.string(),
  images: z.number().int().positive(),
  people: z.number().int().positive(),
  ...calibratedShape,
  /** The same for each group that the data is labelled with: pairs within the group. */
  groups: z.array(z.strictObject({ name: z.string().min(1), ...calibratedShape })),
});

export type Calibration = z.infer<typeof calibrationSchema>;

/**
 * Adaptive symmetric score normalisation (AS-norm: Matejka et al., Analysis of Score Normalization
 * in Multilingual Speaker Recognition, Interspeech 2017).
 */
const normalisationSchema = z.strictObject({
  method: z.literal('as-norm'),
  /** How many of the cohort's best similarities make mean and deviation. */
  top: z.number().int().min(2),
  /** A cohort member this alike, cosine similarity, is the person themselves and is left out. */
  samePerson: z.number().min(-1).max(1),
  /** Root mean square of the deviations of the cohort's own faces: counts for half in every deviation. */
  deviation: z.number().positive(),
  cohort: z.strictObject({
    /** Embeddings of strangers, float32 little-endian, one after the other; a file of the pack. */
    file: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]*$/),
    sha256: sha256Schema,
    size: z.number().int().min(2),
    /** A word on who they are. */
    data: z.string(),
  }),
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
    /** How much wider than it is the face is drawn, when the network was trained on such crops. */
    stretch: z.number().positive().optional(),
  }),
  dimension: z.number().int().positive(),
  metric: z.literal('cosine'),
  /** How scores are normalised; null when they are compared as they are. */
  normalisation: normalisationSchema.nullable(),
  /** With none the matcher names nobody. */
  calibrations: z.array(calibrationSchema),
});
export type EmbeddingManifest = z.infer<typeof embeddingManifestSchema>;

const detectionManifestSchema = z.strictObject({
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

/** What a pack's scores are in. */
export function metricOf({ normalisation }: Pick<EmbeddingManifest, 'normalisation'>): Metric {
  return normalisation ? 'as-norm' : 'cosine';
}

/** The thresholds that hold for the faces a detection pack finds, as the pack aligns and scores them. */
export function fittingCalibration(
  pack: Pick<EmbeddingManifest, 'alignment' | 'normalisation' | 'calibrations'>,
  detector: string,
): Calibration | undefined {
  const cohort = pack.normalisation?.cohort.sha256 ?? null;
  return pack.calibrations.find(
    (calibration) =>
      calibration.detector === detector &&
      calibration.alignment === pack.alignment.template &&
      calibration.metric === metricOf(pack) &&
      calibration.cohort === cohort,
  );
}

/** The bytes of a pack's manifest.json. */
export function encodeManifest(manifest: Manifest): Buffer {
  return Buffer.from(`${JSON.stringify(manifest, null, 2)}\n`);
}
