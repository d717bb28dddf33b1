import { z } from 'zod';
import { FacePipeline } from '#vision/face-pipeline.js';
import { StandInModel } from './stand-in-model.js';
import { writeWork } from './work-log.js';

/**
 * Preloaded into an embedder with NODE_OPTIONS. Replaces only the networks with simulated ones that take a fixed
 * time, and records the images that they processed.
 */
const settings = z
  .object({ WORK_LOG_DIR: z.string(), STAND_IN_BATCH_MS: z.coerce.number().min(0) })
  .parse(process.env);

Object.setPrototypeOf(StandInModel.prototype, FacePipeline.prototype);
FacePipeline.open = ({ embedding }, { maxBatch, maxWaitMs }) => {
  const model = new StandInModel({
    embedding,
    maxBatch,
    maxWaitMs,
    delayMs: settings.STAND_IN_BATCH_MS,
    onBatch: (names) => writeWork(settings.WORK_LOG_DIR, 'embedded', names),
  });
  return Promise.resolve(model as unknown as FacePipeline);
};
