import { z } from 'zod';
import { storeNameSchema } from '#shared/contracts/image-ref.js';

const limitSchema = (most: number, fallback: number) =>
  z.coerce.number().int().min(1).max(most).default(fallback);

export const startImportSchema = z.strictObject({
  store: storeNameSchema,
  /** Only objects whose key starts with it; empty: all objects. */
  prefix: z.string().max(1024).default(''),
});
export type StartImport = z.output<typeof startImportSchema>;

export const importIdSchema = z.string().regex(/^[1-9][0-9]{0,15}$/, 'expected an import id');

export const importListQuerySchema = z.object({
  cursor: importIdSchema.optional(),
  limit: limitSchema(500, 50),
});

export const imageListQuerySchema = z.object({
  cursor: z
    .string()
    .regex(/^\d{1,20}-\d{1,20}$/, 'expected the cursor of an earlier page')
    .optional(),
  limit: limitSchema(10_000, 1_000),
});
