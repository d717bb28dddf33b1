import { z } from 'zod';
import { count } from './common.js';
import { route } from './route.js';

const milliseconds = z.number().nonnegative();

const networkStatsSchema = z
  .object({
    batches: count,
    items: count,
    prepareMs: milliseconds.meta({ description: 'Time spent on preparing pixels.' }),
    networkMs: milliseconds.meta({ description: 'Time spent in the network.' }),
  })
  .meta({ id: 'NetworkStats' });

export const statsHttp = {
  read: route({
    id: 'readStats',
    method: 'GET',
    path: '/stats',
    tag: 'Metrics',
    access: 'tenant',
    summary: 'Sums of the embedder since it started',
    description:
      'Shows where the time goes and how full the batches are. Times are milliseconds, summed over images that are processed at the same time. Answers 404 while the embedder has no usable model pack.',
    status: 200,
    response: z.object({
      images: count,
      faces: count,
      decodeMs: milliseconds,
      pixelBytesFree: count.meta({ description: 'Unused bytes of the pixel memory.' }),
      networks: z.object({
        detect: networkStatsSchema,
        landmarks: networkStatsSchema,
        embed: networkStatsSchema,
      }),
      held: z.object({
        sessions: count,
        tensors: count.meta({ description: 'TensorFlow only; 0 with ONNX Runtime.' }),
      }),
      fetchMs: milliseconds,
      longestEventLoopGapMs: milliseconds.meta({
        description: 'Longest time for which the event loop was blocked.',
      }),
      residentBytes: count,
    }),
    errors: {},
    example: {
      response: {
        images: 1200,
        faces: 1850,
        decodeMs: 21400.5,
        pixelBytesFree: 268435456,
        networks: {
          detect: { batches: 400, items: 1200, prepareMs: 2100.2, networkMs: 30500.9 },
          landmarks: { batches: 310, items: 1850, prepareMs: 900.1, networkMs: 2400.3 },
          embed: { batches: 300, items: 1850, prepareMs: 1100.7, networkMs: 41200.4 },
        },
        held: { sessions: 6, tensors: 0 },
        fetchMs: 5300.8,
        longestEventLoopGapMs: 12.5,
        residentBytes: 734003200,
      },
    },
  }),
};
