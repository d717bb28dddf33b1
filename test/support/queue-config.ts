import { z } from 'zod';
import { queueConfigShape } from '#shared/platform/settings/service.config.js';

/** The shortest lock time that is allowed, so that jobs of a killed worker soon run again. */
export const QUEUE_CONFIG = z.object(queueConfigShape).parse({ JOB_LOCK_MS: 1_000 });
