import { z } from 'zod';

/** Settings of services with pages for whoever runs the product, all tenants' data among them. */
export const adminConfigShape = {
  /** Key of those pages, 16 characters or more. Without one, or with an empty one, there are none. */
  ADMIN_KEY: z
    .string()
    .min(16, { message: 'expected 16 characters or more' })
    .optional()
    .or(z.literal('').transform(() => undefined)),
};
