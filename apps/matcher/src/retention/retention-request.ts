import { z } from 'zod';
import { cameraIdSchema } from '#shared/contracts/camera-id.js';
import { storeNameSchema } from '#shared/contracts/image-ref.js';

/** What is too old, and of what. */
export const retentionRequestSchema = z.strictObject({
  /** What was recorded before this moment: ISO 8601 with zone. */
  before: z.iso
    .datetime({ offset: true, message: 'expected ISO 8601 with a zone' })
    .transform((text) => Date.parse(text))
    .refine((ms) => ms <= Date.now(), { message: 'lies in the future' }),
  store: storeNameSchema.optional(),
  cameraId: cameraIdSchema.optional(),
  /** Only what some camera saw, in whatever store it lies. */
  ofCameras: z.boolean().default(false),
  /** Counts, and deletes nothing. */
  dryRun: z.boolean().default(false),
  /** Of the answer before. */
  cursor: z.string().max(1024).optional(),
});
export type RetentionRequest = z.output<typeof retentionRequestSchema>;

/** What one request has done; there is more to do while the cursor is not null. */
export interface RetentionStep {
  readonly count: number;
  readonly cursor: string | null;
  /** What should have gone and did not, and why the first of it. */
  readonly failed?: number;
  readonly problem?: { readonly code: string; readonly message: string };
}
