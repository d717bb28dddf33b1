import { z } from 'zod';
import { MAX_FACES } from '#shared/contracts/match-faces.contract.js';
import { modelConfigShape } from '#shared/platform/settings/service.config.js';
import { checkEngineSettings } from './inference/choose-engine.js';
import { ASKED_DEVICES, ENGINE_NAMES, TENSORFLOW_BACKENDS } from './inference/engine.port.js';

const MIB = 1024 ** 2;
const positive = (fallback: number) => z.coerce.number().int().positive().default(fallback);

/** Settings of the model path, from a file's bytes to embedded faces. */
export const inferenceConfigShape = {
  ...modelConfigShape,
  /**
   * What runs the networks: `onnxruntime`; `tensorflow`, the embedding network and whatever else has a
   * TF.js artifact (the rest on ONNX Runtime's CPU); `auto`, TensorFlow where it loads and sees a GPU,
   * else ONNX Runtime.
   */
  INFERENCE_ENGINE: z.enum([...ENGINE_NAMES, 'auto']).default('onnxruntime'),
  /**
   * Where: `cpu`; `auto`, CUDA where it works, else the CPU; `gpu`, CUDA, else WebGPU, never the CPU;
   * or `cuda`, `tensorrt`, `webgpu` and nothing else. TensorFlow has only CUDA. A service whose GPU does
   * not run the networks is not ready and takes no work.
   */
  INFERENCE_DEVICE: z.enum(ASKED_DEVICES).default('auto'),
  /**
   * Build of TensorFlow.js, a package name or path. Without it @tensorflow/tfjs-node-gpu, then
   * @tensorflow/tfjs-node; for TENSORFLOW_BACKEND wasm and cpu @tensorflow/tfjs.
   */
  TENSORFLOW_PACKAGE: z.string().optional(),
  /**
   * `tensorflow`, the native library; without one `wasm` (needs @tensorflow/tfjs-backend-wasm; a seventh
   * of ONNX Runtime's speed) or `cpu`, plain JavaScript.
   */
  TENSORFLOW_BACKEND: z.enum(TENSORFLOW_BACKENDS).default('tensorflow'),
  /**
   * Threads that run networks, each with a copy of its own. Without it one a core, which measured fastest
   * on CPUs; up to 4 for a GPU. TensorFlow's native library always has one.
   */
  INFERENCE_THREADS: z.coerce.number().int().positive().optional(),
  /** Cores that one run of a network on ONNX Runtime's CPU spreads over. */
  INFERENCE_INTRA_OP: positive(1),
  /** A call to a network that takes longer has hung: its thread is replaced. Milliseconds. */
  INFERENCE_TIMEOUT_MS: positive(60_000),
  /**
   * Most items a batch. On a CPU 4 to 8 measured fastest (16: 10 % slower, twice the memory); a GPU wants
   * more. Networks see 1, 2, 4, 8, 16, 32 and 64.
   */
  BATCH_SIZE: positive(8),
  /** How long the first item of a batch waits for others, milliseconds. */
  BATCH_WAIT_MS: z.coerce.number().int().min(0).default(5),
  /** Largest image file, bytes. */
  MAX_IMAGE_BYTES: positive(100 * MIB),
  /** Largest picture, pixels; checked before anything is decoded. */
  MAX_IMAGE_PIXELS: positive(120_000_000),
  /** Most frames or pages of a file, of which the first is looked at; counted before anything is decoded. */
  MAX_IMAGE_FRAMES: positive(1_000),
  /** Most faces of a picture; of more, those that the detector is surest of. */
  MAX_FACES_PER_IMAGE: z.coerce.number().int().positive().max(MAX_FACES).default(1_000),
  /** Pictures are shrunk to this longest side before faces are looked for, pixels. */
  WORKING_SIDE: positive(2_560),
  /** Memory for decoded pictures on their way through the networks, bytes. */
  PIXEL_MEMORY_BYTES: positive(256 * MIB),
  /** Memory of decoders at once, bytes; one picture that takes more is decoded alone. */
  DECODE_MEMORY_BYTES: positive(512 * MIB),
};

export const inferenceConfigSchema = z
  .object(inferenceConfigShape)
  .superRefine(checkEngineSettings);
export type InferenceConfig = z.infer<typeof inferenceConfigSchema>;
