import { z } from 'zod';
import { type ScalerSettings } from './scaler.js';

const rules = (stabilizationWindowSeconds: number) =>
  z.strictObject({
    stabilizationWindowSeconds: z.number().default(stabilizationWindowSeconds),
    // `Disabled` is not simulated.
    selectPolicy: z.enum(['Max', 'Min']).default('Max'),
    policies: z
      .array(
        z.strictObject({
          type: z.enum(['Percent', 'Pods']),
          value: z.number(),
          periodSeconds: z.number(),
        }),
      )
      .nonempty(),
  });

const trigger = <Name extends string, Metric extends string>(name: Name, metricType: Metric) =>
  z.strictObject({
    type: z.literal('metrics-api'),
    name: z.literal(name),
    metricType: z.literal(metricType),
    metadata: z.strictObject({
      url: z.string(),
      valueLocation: z.string(),
      targetValue: z.coerce.number(),
      activationTargetValue: z.literal('0').optional(),
    }),
  });

/** All that may be said of a ScaledObject here: what is not simulated is an error. Defaults are KEDA's and the HPA's. */
const scaledObjectSchema = z.strictObject({
  scaleTargetRef: z.unknown(),
  // For when ingest does not answer; here it does.
  fallback: z.unknown(),
  minReplicaCount: z.number(),
  maxReplicaCount: z.number(),
  pollingInterval: z.literal(15),
  cooldownPeriod: z.number().default(300),
  advanced: z.strictObject({
    horizontalPodAutoscalerConfig: z.strictObject({
      behavior: z.strictObject({
        scaleUp: rules(0).prefault({
          policies: [
            { type: 'Percent', value: 100, periodSeconds: 15 },
            { type: 'Pods', value: 4, periodSeconds: 15 },
          ],
        }),
        scaleDown: rules(300),
      }),
    }),
  }),
  triggers: z.union([
    z.tuple([trigger('work', 'AverageValue')]),
    z.tuple([trigger('work', 'AverageValue'), trigger('age', 'Value')]),
  ]),
});

/** @throws when the simulation does not know of something that is set */
export function settingsOf(spec: unknown): ScalerSettings {
  const parsed = scaledObjectSchema.parse(spec);
  const [work, age] = parsed.triggers;
  return {
    min: parsed.minReplicaCount,
    max: parsed.maxReplicaCount,
    pollSeconds: parsed.pollingInterval,
    cooldownSeconds: parsed.cooldownPeriod,
    workPerReplica: work.metadata.targetValue,
    age: age?.metadata.targetValue ?? null,
    behavior: parsed.advanced.horizontalPodAutoscalerConfig.behavior,
  };
}
