import { FacePipeline } from './face-pipeline.js';
import { type InferenceConfig } from './inference.config.js';
import { type ThreadEvents } from './inference/thread-group.js';
import { loadPacks } from './packs/load-packs.js';
import { type PipelineObserver } from './pipeline-observer.js';

/**
 * Opens the face pipeline with the settings of a service.
 * @param onStuck see InferencePool.open
 * @throws PipelineError see loadPacks and FacePipeline.open
 */
export async function openFacePipeline(
  config: InferenceConfig,
  onStuck?: ThreadEvents['onStuck'],
  observer?: PipelineObserver,
): Promise<FacePipeline> {
  const settings = {
    threads: config.INFERENCE_THREADS,
    intraOp: config.INFERENCE_INTRA_OP,
    timeoutMs: config.INFERENCE_TIMEOUT_MS,
    maxBatch: config.BATCH_SIZE,
    maxWaitMs: config.BATCH_WAIT_MS,
    maxBytes: config.MAX_IMAGE_BYTES,
    maxPixels: config.MAX_IMAGE_PIXELS,
    maxFrames: config.MAX_IMAGE_FRAMES,
    maxPixelScans: config.MAX_IMAGE_PIXEL_SCANS,
    maxFaces: config.MAX_FACES_PER_IMAGE,
    workingSide: config.WORKING_SIDE,
    pixelMemory: config.PIXEL_MEMORY_BYTES,
    decodeMemory: config.DECODE_MEMORY_BYTES,
    decoders: config.DECODER_PROCESSES,
    decodeTimeoutMs: config.DECODE_TIMEOUT_MS,
  };
  return FacePipeline.open(await loadPacks(config), settings, onStuck, observer);
}
