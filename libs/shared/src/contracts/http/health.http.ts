import { z } from 'zod';
import { route } from './route.js';

const livenessSchema = z.object({
  status: z.literal('live'),
  uptimeSeconds: z.number().int().nonnegative(),
  instance: z.string().meta({
    description: 'Installation that the service belongs to: INSTANCE_ID.',
    examples: ['standalone'],
  }),
});

/** A check may add facts of its own, such as the model space. */
const checkSchema = z.looseObject({
  name: z.string().meta({ description: 'The dependency.', examples: ['redis', 'store archive'] }),
  ok: z.boolean(),
  code: z.string().optional().meta({ description: 'Error code, when it is not ok.' }),
  reason: z.string().optional().meta({ description: 'Why it is not ok.' }),
  lasting: z
    .boolean()
    .optional()
    .meta({ description: 'True when the problem does not pass by itself.' }),
  problem: z.string().optional().meta({
    description:
      'What does not work although the check is ok: the matcher names nobody (`policy`), or an endpoint refuses events (`webhook NAME`).',
  }),
});

export const readinessSchema = z
  .object({ status: z.enum(['ready', 'not ready']), checks: z.array(checkSchema) })
  .meta({ id: 'Readiness' });
export type Readiness = z.output<typeof readinessSchema>;
export type ReadinessResult = Readiness['checks'][number];

const TAG = 'Health';

export const healthHttp = {
  live: route({
    id: 'readLiveness',
    method: 'GET',
    path: '/health/live',
    tag: TAG,
    access: 'public',
    summary: 'Liveness probe',
    description: 'Answers while the event loop of the process runs, also during a shutdown.',
    status: 200,
    response: livenessSchema,
    errors: {},
    example: { response: { status: 'live', uptimeSeconds: 42, instance: 'standalone' } },
  }),
  ready: route({
    id: 'readReadiness',
    method: 'GET',
    path: '/health/ready',
    tag: TAG,
    access: 'public',
    summary: 'Readiness probe',
    description:
      'Runs every check, each for 1.5 s at most. The results are for callers with a key, and for this machine; without API_KEYS for callers that use a loopback name or one in ALLOWED_HOSTS. Everybody else gets the status alone, with an empty list.',
    status: 200,
    response: readinessSchema,
    otherStatus: { status: 503, description: 'At least one check failed, or a shutdown began.' },
    errors: {},
    example: {
      response: {
        status: 'not ready',
        checks: [
          { name: 'redis', ok: true },
          { name: 'store archive', ok: false, reason: 'no answer' },
        ],
      },
    },
  }),
};

export const metricsHttp = {
  read: route({
    id: 'readMetrics',
    method: 'GET',
    path: '/metrics',
    tag: 'Metrics',
    access: 'metrics',
    summary: 'Metrics for Prometheus',
    status: 200,
    mediaType: 'application/openmetrics-text',
    response: z.string(),
    errors: {},
    example: {
      response:
        '# HELP sightline_images_total Images that this process finished.\n# TYPE sightline_images counter\nsightline_images_total{outcome="named",tenant="default"} 3\n# EOF\n',
    },
  }),
};
