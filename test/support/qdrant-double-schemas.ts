import { z } from 'zod';

/**
 * The requests that Sightline uses, as documented by Qdrant 1.19. The schemas are stricter than the server, which
 * ignores unknown fields.
 */
const pointIdSchema = z.union([
  z.int().nonnegative(),
  z.string().regex(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i, {
    message: 'is not a valid point ID, valid values are either an unsigned integer or a UUID',
  }),
]);
export type PointId = z.infer<typeof pointIdSchema>;

const scalarSchema = z.union([z.string(), z.int(), z.boolean()]);
const listSchema = z.union([z.array(z.string()), z.array(z.int())]);
const matchSchema = z.union([
  z.strictObject({ value: scalarSchema }),
  z.strictObject({ any: listSchema }),
  z.strictObject({ except: listSchema }),
]);
const rangeSchema = z.strictObject({
  lt: z.number().nullish(),
  gt: z.number().nullish(),
  gte: z.number().nullish(),
  lte: z.number().nullish(),
});
const keySchema = z.strictObject({ key: z.string() });

const leafSchema = z.union([
  z.strictObject({ key: z.string(), match: matchSchema }),
  z.strictObject({ key: z.string(), range: rangeSchema }),
  z.strictObject({ is_empty: keySchema }),
  z.strictObject({ is_null: keySchema }),
  z.strictObject({ has_id: z.array(pointIdSchema) }),
]);

export interface Filter {
  must?: Condition | Condition[] | null | undefined;
  must_not?: Condition | Condition[] | null | undefined;
  should?: Condition | Condition[] | null | undefined;
}
export type Condition = z.infer<typeof leafSchema> | Filter;

const conditionSchema: z.ZodType<Condition> = z.lazy(() => z.union([leafSchema, filterSchema]));
const conditionsSchema = z.union([conditionSchema, z.array(conditionSchema)]).nullish();

const filterSchema: z.ZodType<Filter> = z.strictObject({
  must: conditionsSchema,
  must_not: conditionsSchema,
  should: conditionsSchema,
});

const limitSchema = z.int().min(1, { message: 'must be 1 or larger' });
const vectorSchema = z.array(z.number());

const searchParamsSchema = z.strictObject({
  hnsw_ef: z.int().min(1).nullish(),
  exact: z.boolean().optional(),
  indexed_only: z.boolean().optional(),
  quantization: z
    .strictObject({
      ignore: z.boolean().optional(),
      rescore: z.boolean().nullish(),
      oversampling: z.number().min(1).nullish(),
    })
    .nullish(),
});

const querySchema = z.strictObject({
  query: vectorSchema,
  filter: filterSchema.nullish(),
  params: searchParamsSchema.nullish(),
  limit: limitSchema.nullish(),
  offset: z.int().nonnegative().nullish(),
  score_threshold: z.number().nullish(),
  with_payload: z.boolean().nullish(),
  with_vector: z.boolean().nullish(),
});
export type Query = z.infer<typeof querySchema>;

const keywordIndexSchema = z.strictObject({
  type: z.literal('keyword'),
  is_tenant: z.boolean().nullish(),
  on_disk: z.boolean().nullish(),
});
const integerIndexSchema = z.strictObject({
  type: z.literal('integer'),
  lookup: z.boolean().nullish(),
  range: z.boolean().nullish(),
  is_principal: z.boolean().nullish(),
  on_disk: z.boolean().nullish(),
});
export type IndexSchema = z.infer<typeof keywordIndexSchema> | z.infer<typeof integerIndexSchema>;

export const requests = {
  createCollection: z.strictObject({
    vectors: z.strictObject({
      size: z.int().min(1).max(65_536),
      distance: z.enum(['Cosine', 'Euclid', 'Dot', 'Manhattan']),
      on_disk: z.boolean().nullish(),
    }),
    quantization_config: z
      .strictObject({
        scalar: z.strictObject({
          type: z.literal('int8'),
          quantile: z.number().min(0.5).max(1).nullish(),
          always_ram: z.boolean().nullish(),
        }),
      })
      .nullish(),
    shard_number: z.int().min(1).nullish(),
    replication_factor: z.int().min(1).nullish(),
  }),
  updateAliases: z.strictObject({
    actions: z.array(
      z.union([
        z.strictObject({
          create_alias: z.strictObject({ collection_name: z.string(), alias_name: z.string() }),
        }),
        z.strictObject({ delete_alias: z.strictObject({ alias_name: z.string() }) }),
      ]),
    ),
  }),
  createIndex: z.strictObject({
    field_name: z.string(),
    field_schema: z.union([keywordIndexSchema, integerIndexSchema]),
  }),
  upsert: z.strictObject({
    points: z.array(
      z.strictObject({
        id: pointIdSchema,
        vector: vectorSchema,
        payload: z.record(z.string(), z.unknown()).nullish(),
      }),
    ),
  }),
  deletePoints: z.union([
    z.strictObject({ points: z.array(pointIdSchema) }),
    z.strictObject({ filter: filterSchema }),
  ]),
  batchUpdate: z.strictObject({
    operations: z.array(
      z.strictObject({
        set_payload: z.strictObject({
          payload: z.record(z.string(), z.unknown()),
          filter: filterSchema,
        }),
      }),
    ),
  }),
  count: z.strictObject({ filter: filterSchema.nullish(), exact: z.boolean().optional() }),
  deletePayload: z.strictObject({ keys: z.array(z.string()), filter: filterSchema }),
  scroll: z.strictObject({
    offset: pointIdSchema.nullish(),
    limit: limitSchema.nullish(),
    filter: filterSchema.nullish(),
    with_payload: z.boolean().nullish(),
    with_vector: z.boolean().optional(),
  }),
  query: querySchema,
  queryBatch: z.strictObject({ searches: z.array(querySchema) }),
  facet: z.strictObject({
    key: z.string(),
    limit: limitSchema.nullish(),
    filter: filterSchema.nullish(),
    exact: z.boolean().nullish(),
  }),
} as const;
export type Requests = { [Name in keyof typeof requests]: z.infer<(typeof requests)[Name]> };
