import { availableParallelism } from 'node:os';
import { z } from 'zod';
import { modelConfigShape } from '#shared/config/service.config.js';

const MIB = 1024 ** 2;
const positive = (fallback: number) => z.coerce.number().int().positive().default(fallback);

/** Settings of the model path, from a file's bytes to embedded faces. */
export const inferenceConfigShape = {
  ...modelConfigShape,
  /** Threads that run networks, each with a copy of its own. One a core measured fastest. */
  INFERENCE_THREADS: positive(availableParallelism()),
  /** Cores that one run of a network spreads over. */
  INFERENCE_INTRA_OP: positive(1),
  /** A call to a network that takes longer has hung: its thread is replaced. Milliseconds. */
  INFERENCE_TIMEOUT_MS: positive(60_000),
  /** Most items a batch. On a CPU 4 to 8 measured fastest (16: 10 % slower, twice the memory). */
  BATCH_SIZE: positive(8),
  /** How long the first item of a batch waits for others, milliseconds. */
  BATCH_WAIT_MS: z.coerce.number().int().min(0).default(5),
  /** Largest image file, bytes. */
  MAX_IMAGE_BYTES: positive(100 * MIB),
  /** Largest picture, pixels; checked before anything is decoded. */
  MAX_IMAGE_PIXELS: positive(120_000_000),
  /** Pictures are shrunk to this longest side before faces are looked for, pixels. */
  WORKING_SIDE: positive(2_560),
  /** Memory for decoded pictures on their way through the networks, bytes. */
  PIXEL_MEMORY_BYTES: positive(256 * MIB),
  /** Full-size pixels that are being decoded at once, bytes; one larger picture is decoded alone. */
  DECODE_MEMORY_BYTES: positive(512 * MIB),
};

export const inferenceConfigSchema = z.object(inferenceConfigShape);
export type InferenceConfig = z.infer<typeof inferenceConfigSchema>;
