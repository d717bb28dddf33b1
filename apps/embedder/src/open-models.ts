import { Logger } from '@nestjs/common';
import { type PipelineError } from '#shared/contracts/pipeline-error.js';
import { endAtOnce } from '#shared/platform/runtime/shutdown.js';
import { type FacePipeline } from '#vision/face-pipeline.js';
import { type InferenceConfig } from '#vision/inference.config.js';
import { isEngineMissing } from '#vision/inference/engine.port.js';
import { openFacePipeline } from '#vision/open-face-pipeline.js';
import { pipelineMetrics } from './metrics/pipeline-metrics.js';

/**
 * Loads the networks and says what they run on. Ends the process once a thread of theirs hangs for good:
 * each would keep its memory and perhaps a core, and whoever runs the service starts it again.
 * @returns the error, when this machine lacks the GPU or the engine that the settings ask for: a service
 *   that says so is easier to mend than one that dies again and again
 * @throws PipelineError when settings or packs are wrong
 */
export async function openModels(config: InferenceConfig): Promise<FacePipeline | PipelineError> {
  const logger = new Logger('models');
  try {
    const onStuck = ({ code, message }: PipelineError) => {
      logger.fatal(`${code}: ${message}; ending, what is in hand goes back to the queue`);
      void endAtOnce();
    };
    const pipeline = await openFacePipeline(config, onStuck, pipelineMetrics);
    for (const { role, pack, engine, device, precision, runtime } of pipeline.facts.networks) {
      logger.log(`${role}: ${pack} on ${engine}, ${device}, ${precision} (${runtime})`);
    }
    return pipeline;
  } catch (error) {
    if (!isEngineMissing(error)) throw error;
    logger.error(`${error.code}: ${error.message}`);
    logger.error('taking no work');
    return error;
  }
}
