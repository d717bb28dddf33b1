/** The schema of manifest.json, which describes a model pack: files, inputs, known answers, thresholds. */
import { z } from 'zod';
import { spaceIdSchema, type Metric, metricSchema } from '#shared/contracts/embedding.js';

const sha256Schema = z.string().regex(/^[0-9a-f]{64}$/);
const pointSchema = z.tuple([z.number(), z.number()]);

/** Number format in which a network computes. */
const precisionSchema = z.enum(['float32', 'int8']);
export type Precision = z.infer<typeof precisionSchema>;

const artifactSchema = z.strictObject({
  /** File name inside the pack's folder. */
  file: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]*$/),
  /** The task of the network in the pack. */
  role: z.enum(['embed', 'detect', 'landmarks']),
  /** `tfjs` is the JSON file of a TF.js graph model, `tfjs-weights` one of the files of its weights. */
  format: z.enum(['onnx', 'tfjs', 'tfjs-weights']),
  /** Number format in which it computes. */
  precision: precisionSchema,
  sha256: sha256Schema,
});

/** How pixels become the input of a network: (value − mean) / std per channel; values are 0 to 255. */
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
 * The output of the network for a synthetic, already normalised input of batch 1:
 * x[i,j,c] = 0.6·sin(0.1·i) + 0.3·cos(0.07·j)·(c+1)/3 for row i, column j and channel c. Detects a wrong
 * runtime or a wrong conversion.
 */
const knownAnswerSchema = z.strictObject({
  role: z.enum(['embed', 'detect', 'landmarks']),
  /** Name of the output to compare. */
  outputName: z.string().min(1),
  /** Compares every n-th value of the output, starting with the first; 1 compares all. */
  every: z.number().int().positive(),
  /** These values, float32 little-endian, base64. An embedding is L2-normalised first. */
  output: z.base64(),
  /** Minimum cosine similarity to `output`. */
  minCosine: z.number(),
});

export const packNameSchema = z.string().regex(/^[a-z0-9][a-z0-9._-]{0,63}$/);

const commonShape = {
  schema: z.literal(2),
  name: packNameSchema,
  version: z.string().regex(/^[a-z0-9._-]{1,16}$/),
  description: z.string(),
  /** Where the artifacts come from, for people. */
  source: z.string(),
  licence: z.string(),
  artifacts: z.array(artifactSchema).min(1),
  knownAnswers: z.array(knownAnswerSchema).min(1),
};

const rateSchema = z.number().min(0).max(1);

/** A threshold with its measured error rates. */
const operatingPointSchema = z.strictObject({
  /** The requested false accept rate. The measured rate is not higher. */
  falseAcceptRate: z.number().positive().max(1),
  /** Minimum accepted score, in the metric of the calibration. */
  threshold: z.number(),
  /** 95 % confidence interval of the false accept rate at the threshold. */
  falseAcceptInterval: z.tuple([rateSchema, rateSchema]),
  /** True accept rate: share of genuine pairs with at least this score. */
  trueAcceptRate: rateSchema,
});

const calibratedShape = {
  genuinePairs: z.number().int().nonnegative(),
  impostorPairs: z.number().int().positive(),
  /** Ordered from the highest false accept rate to the lowest. */
  points: z.array(operatingPointSchema).min(1),
};

/** Thresholds are only valid for the detector, alignment and metric with which they were measured. */
const calibrationSchema = z.strictObject({
  /** Name of the detection pack. */
  detector: z.string(),
  /** Name of the alignment template. */
  alignment: z.string(),
  metric: metricSchema,
  /** sha256 of the cohort that normalised the scores; null for `cosine`. */
  cohort: sha256Schema.nullable(),
  /** Description of the photographs. */
  data: z.string(),
  images: z.number().int().positive(),
  people: z.number().int().positive(),
  ...calibratedShape,
  /** The same for each labelled group, measured on pairs within the group. */
  groups: z.array(z.strictObject({ name: z.string().min(1), ...calibratedShape })),
});

export type Calibration = z.infer<typeof calibrationSchema>;

/**
 * Adaptive symmetric score normalisation (AS-norm: Matejka et al., Analysis of Score Normalization
 * in Multilingual Speaker Recognition, Interspeech 2017).
 */
const normalisationSchema = z.strictObject({
  method: z.literal('as-norm'),
  /** Number of the highest similarities to the cohort that determine mean and deviation. */
  top: z.number().int().min(2),
  /** A cohort member with at least this cosine similarity counts as the same person and is ignored. */
  samePerson: z.number().min(-1).max(1),
  /** Root mean square of the deviations of the faces of the cohort. Has a weight of one half in every deviation. */
  deviation: z.number().positive(),
  cohort: z.strictObject({
    /** File of the pack with the embeddings of strangers: float32 little-endian, one after the other. */
    file: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]*$/),
    sha256: sha256Schema,
    size: z.number().int().min(2),
    /** Description of these people. */
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
    /** Target positions of left eye, right eye, nose tip, left and right mouth corner, pixels of the input. */
    points: z.tuple([pointSchema, pointSchema, pointSchema, pointSchema, pointSchema]),
    /** Factor by which faces are stretched horizontally, if the network was trained on such crops. */
    stretch: z.number().positive().optional(),
  }),
  dimension: z.number().int().positive(),
  metric: z.literal('cosine'),
  /** How scores are normalised; null when cosine similarities are used directly. */
  normalisation: normalisationSchema.nullable(),
  /** Without a calibration the matcher names nobody. */
  calibrations: z.array(calibrationSchema),
});
export type EmbeddingManifest = z.infer<typeof embeddingManifestSchema>;

const detectionManifestSchema = z.strictObject({
  ...commonShape,
  task: z.literal('detection'),
  detect: inputSchema,
  landmarks: inputSchema,
  /** Minimum score of the detector for a face. */
  minScore: z.number().min(0).max(1),
  /** Boxes with a higher intersection over union are of one face. */
  maxOverlap: z.number().min(0).max(1),
});
export type DetectionManifest = z.infer<typeof detectionManifestSchema>;

export const manifestSchema = z.discriminatedUnion('task', [
  embeddingManifestSchema,
  detectionManifestSchema,
]);
export type Manifest = z.infer<typeof manifestSchema>;

/** The metric of the scores of a pack. */
export function metricOf({ normalisation }: Pick<EmbeddingManifest, 'normalisation'>): Metric {
  return normalisation ? 'as-norm' : 'cosine';
}

/** The calibration that is valid for a pack with this detector; undefined when there is none. */
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
