import { z } from 'zod';
import { httpError } from './errors.js';
import { route } from './route.js';

const stageWorkSchema = z
  .object({
    work: z.number().nonnegative().meta({
      description: 'Images that wait or are in progress, without those of paused imports.',
    }),
    oldestAgeSeconds: z.number().nonnegative().meta({
      description: 'Age of the oldest image that a worker could take; 0 when none waits.',
    }),
  })
  .meta({ id: 'StageWork' });
export type StageWork = Readonly<z.output<typeof stageWorkSchema>>;

export const scalingHttp = {
  read: route({
    id: 'readScaling',
    method: 'GET',
    path: '/metrics/scaling',
    tag: 'Metrics',
    access: 'metrics',
    summary: 'Work of each stage, for KEDA',
    status: 200,
    response: z.object({ embedImage: stageWorkSchema, matchFaces: stageWorkSchema }),
    errors: { REDIS_UNAVAILABLE: httpError(503, 'Redis does not answer.') },
    example: {
      response: {
        embedImage: { work: 120, oldestAgeSeconds: 3.2 },
        matchFaces: { work: 0, oldestAgeSeconds: 0 },
      },
    },
  }),
};
