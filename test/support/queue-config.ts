import { z } from 'zod';
import { queueConfigShape } from '#shared/platform/settings/service.config.js';

/** Locks as short as they may be: what a dead worker held is soon taken up again. */
export const QUEUE_CONFIG = z.object(queueConfigShape).parse({ JOB_LOCK_MS: 1_000 });
