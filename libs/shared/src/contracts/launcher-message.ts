import { z } from 'zod';

/** Header with the installation that a caller means to reach. */
export const INSTANCE_HEADER = 'x-sightline-instance';

/** Instance of a service that no launcher started. */
export const STANDALONE = 'standalone';

/** What a service tells the launcher that started it, over the IPC channel between the two processes. */
export const launcherMessageSchema = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('listening'),
    instance: z.string(),
    /** The port that is really bound. */
    port: z.number().int().positive(),
  }),
  /** The service ends, because it cannot start. */
  z.object({ kind: z.literal('failed'), code: z.string(), message: z.string() }),
]);
export type LauncherMessage = z.output<typeof launcherMessageSchema>;
