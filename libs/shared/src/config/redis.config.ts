import { z } from 'zod';

export const redisConfigShape = {
  /** redis:// or rediss:// URL; `sightline up` starts a server of its own and sets it. */
  REDIS_URL: z.url({ protocol: /^rediss?$/, message: 'expected a redis:// or rediss:// URL' }),
};
