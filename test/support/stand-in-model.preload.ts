import { z } from 'zod';
import { FacePipeline } from '#vision/face-pipeline.js';
import { StandInModel } from './stand-in-model.js';
import { writeWork } from './work-log.js';

/**
 * Loaded into an embedder by NODE_OPTIONS: everything of it is real but its networks, which take a fixed
 * time, and what they have run is written down.
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
