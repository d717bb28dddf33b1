import { z } from 'zod';
import { MAX_FACES } from '#shared/contracts/match-faces.contract.js';
import { modelConfigShape } from '#shared/platform/settings/service.config.js';
import { checkEngineSettings } from './inference/choose-engine.js';
import { ASKED_DEVICES, ENGINE_NAMES, TENSORFLOW_BACKENDS } from './inference/engine.port.js';

const MIB = 1024 ** 2;
const positive = (fallback: number) => z.coerce.number().int().positive().default(fallback);

/** Settings of the model path, from the bytes of a file to embedded faces. */
export const inferenceConfigShape = {
  ...modelConfigShape,
  INFERENCE_ENGINE: z
    .enum([...ENGINE_NAMES, 'auto'])
    .default('onnxruntime')
    .describe(
      "Runtime of the networks. `tensorflow` runs the embedding network, and every other network that has a TF.js artifact; the rest runs on ONNX Runtime's CPU. `auto` uses TensorFlow if it loads and finds a GPU, else ONNX Runtime.",
    ),
  INFERENCE_DEVICE: z
    .enum(ASKED_DEVICES)
    .default('auto')
    .describe(
      'Device of the networks. `auto`: CUDA if it works, else the CPU. `gpu`: CUDA, else WebGPU, never the CPU. `cuda`, `tensorrt` and `webgpu`: only that one. TensorFlow supports CUDA only. If the networks do not run on the GPU that is asked for, the service is not ready (`GPU_NOT_USED`) and takes no jobs.',
    ),
  TENSORFLOW_PACKAGE: z
    .string()
    .optional()
    .describe(
      'Build of TensorFlow.js: a package name or a path. Without it `@tensorflow/tfjs-node-gpu` is tried first, then `@tensorflow/tfjs-node`; on `INFERENCE_DEVICE=cpu` in the other order; for the backends `wasm` and `cpu` it is `@tensorflow/tfjs`.',
    ),
  TENSORFLOW_BACKEND: z
    .enum(TENSORFLOW_BACKENDS)
    .default('tensorflow')
    .describe(
      "`tensorflow` is the native library. Without it: `wasm`, which needs `@tensorflow/tfjs-backend-wasm` and has a seventh of ONNX Runtime's speed, or `cpu`, which is plain JavaScript.",
    ),
  INFERENCE_THREADS: z.coerce
    .number()
    .int()
    .positive()
    .optional()
    .describe(
      "Number of threads that run networks; each holds its own copy. Without it: one per core on a CPU (measured as fastest), up to 4 on a GPU. TensorFlow's native library always uses one.",
    ),
  INFERENCE_INTRA_OP: positive(1).describe(
    "Number of cores that one run of a network on ONNX Runtime's CPU uses.",
  ),
  INFERENCE_TIMEOUT_MS: positive(60_000).describe(
    'Maximum time of one network call, milliseconds. A call that takes longer has hung: its thread is replaced.',
  ),
  BATCH_SIZE: positive(8).describe(
    'Maximum number of items in a batch. On a CPU 4 to 8 measured fastest (16: 10 % slower, twice the memory); a GPU needs more. Networks run batches of 1, 2, 4, 8, 16, 32 and 64.',
  ),
  BATCH_WAIT_MS: z.coerce
    .number()
    .int()
    .min(0)
    .default(5)
    .describe(
      'Maximum time that the first item of a batch waits for more items, milliseconds. Then the batch runs as it is.',
    ),
  MAX_IMAGE_BYTES: positive(100 * MIB).describe(
    'Maximum size of an image file, bytes. A larger file is refused with `IMAGE_TOO_LARGE`.',
  ),
  MAX_IMAGE_PIXELS: positive(120_000_000).describe(
    'Maximum number of pixels that are decoded of an image, checked before decoding. A larger image is refused with `IMAGE_TOO_LARGE`. A baseline JPEG is shrunk while it is decoded: with the default `WORKING_SIDE`, one of 200 megapixels counts as 13.',
  ),
  MAX_IMAGE_PIXEL_SCANS: positive(6_000_000_000).describe(
    'Maximum number of pixels times scans of a JPEG, counted before decoding. It bounds the time for a progressive JPEG: the default takes about 3 s. A file with more is refused with `IMAGE_TOO_MANY_SCANS`.',
  ),
  MAX_IMAGE_FRAMES: positive(1_000).describe(
    'Maximum number of frames or pages of a file, counted before decoding. A file with more is refused with `IMAGE_TOO_MANY_FRAMES`. Only the first frame is searched for faces.',
  ),
  MAX_FACES_PER_IMAGE: z.coerce
    .number()
    .int()
    .positive()
    .max(MAX_FACES)
    .default(1_000)
    .describe(
      'Maximum number of faces per image. If there are more, those with the highest detection scores are kept.',
    ),
  WORKING_SIDE: positive(2_560).describe(
    'Longest side of the image in which faces are detected, pixels. A larger image is scaled down to it.',
  ),
  PIXEL_MEMORY_BYTES: positive(256 * MIB).describe(
    'Maximum memory for decoded images that the networks still need, bytes: at least 6 × `WORKING_SIDE`². Decoding waits when it is full.',
  ),
  DECODE_MEMORY_BYTES: positive(512 * MIB).describe(
    'Maximum memory for decoding, bytes, estimated per image. One half is for cheap images, the other for those in `DECODER_PROCESSES`. An image that needs more than a half is decoded alone.',
  ),
  DECODER_PROCESSES: z.coerce
    .number()
    .int()
    .positive()
    .optional()
    .describe(
      'Maximum number of processes for images that may be expensive to decode: AVIF, HEIF, GIF, TIFF, BMP, JPEG XL, JPEG 2000, progressive JPEGs with much work, and large pictures. Without it: one for two cores. They start when they are needed, and end after a minute without work.',
    ),
  DECODE_TIMEOUT_MS: positive(30_000).describe(
    'Maximum CPU time for one image in a decoder process, milliseconds. An image that takes longer is refused with `IMAGE_TOO_SLOW`.',
  ),
};

export const inferenceConfigSchema = z
  .object(inferenceConfigShape)
  .superRefine(checkEngineSettings);
export type InferenceConfig = z.infer<typeof inferenceConfigSchema>;
