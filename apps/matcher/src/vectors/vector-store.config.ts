import { z } from 'zod';

/** Where gallery and sightings are kept. */
export const vectorStoreConfigShape = {
  /** Folder of the embedded store; one process at a time. */
  VECTORS_DIR: z.string().default('data/vectors'),
};
