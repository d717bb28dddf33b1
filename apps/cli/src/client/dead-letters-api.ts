import { z } from 'zod';
import { type ApiClient, pages } from './api-client.js';

const count = z.number().int().nonnegative();

const deadLetterSchema = z.object({
  id: z.string(),
  stage: z.string(),
  code: z.string(),
  class: z.string(),
  message: z.string(),
  causes: z.array(z.string()),
  queue: z.string().nullable(),
  job: z.object({ name: z.string(), id: z.string(), replayable: z.boolean() }).nullable(),
  image: z.object({ store: z.string(), key: z.string(), version: z.string() }).nullable(),
  /** Why the image was in the pipeline. */
  source: z
    .object({ kind: z.string(), importId: z.string().optional(), cameraId: z.string().optional() })
    .nullable(),
  /** Imports that the image is counted in. */
  imports: z.array(z.string()),
  attempts: count,
  crashes: count,
  replays: count,
  worker: z.string().nullable(),
  lastCrashedWorker: z.string().nullable(),
  engine: z.array(
    z.object({
      role: z.string(),
      pack: z.string(),
      engine: z.string(),
      device: z.string(),
      precision: z.string(),
    }),
  ),
  versions: z.object({
    sightline: z.string(),
    node: z.string(),
    payload: z.number().nullable(),
    space: z.string().nullable(),
  }),
  addedAt: z.string().nullable(),
  diedAt: z.string(),
});
export type DeadLetter = z.output<typeof deadLetterSchema>;

export const deadLetterPageSchema = z.object({
  letters: z.array(deadLetterSchema),
  cursor: z.string().nullish(),
});

const deadLetterDetailsSchema = deadLetterSchema.extend({
  job: z
    .object({ name: z.string(), id: z.string(), replayable: z.boolean(), data: z.unknown() })
    .nullable(),
});
export type DeadLetterDetails = z.output<typeof deadLetterDetailsSchema>;

const deadLetterCountsSchema = z.object({
  total: count,
  forgotten: count,
  counts: z.array(z.object({ code: z.string(), stage: z.string(), count })),
});
export type DeadLetterCounts = z.output<typeof deadLetterCountsSchema>;

const replaySummarySchema = z.object({
  replayed: count,
  busy: count,
  notReplayable: count,
});
export type ReplaySummary = z.output<typeof replaySummarySchema>;

const dropSummarySchema = z.object({ dropped: count });

const PATH = '/v1/dead-letters';

/** Which letters: `code`, `stage`, `import`, `from` and so on; none of it is all. */
export type DeadLetterFilter = Readonly<Record<string, string>>;

export class DeadLettersApi {
  constructor(private readonly client: ApiClient) {}

  /** Newest first. */
  list(filter: DeadLetterFilter): AsyncGenerator<DeadLetter> {
    return pages(async (query) => {
      const page = await this.client.get(`${PATH}?${query}`, deadLetterPageSchema);
      return { items: page.letters, cursor: page.cursor };
    }, filter);
  }

  counts(): Promise<DeadLetterCounts> {
    return this.client.get(`${PATH}/counts`, deadLetterCountsSchema);
  }

  read(id: string): Promise<DeadLetterDetails> {
    return this.client.get(`${PATH}/${encodeURIComponent(id)}`, deadLetterDetailsSchema);
  }

  replay(filter: DeadLetterFilter): Promise<ReplaySummary> {
    return this.client.post(`${PATH}/replay`, selection(filter), replaySummarySchema);
  }

  async drop(filter: DeadLetterFilter): Promise<number> {
    return (await this.client.post(`${PATH}/drop`, selection(filter), dropSummarySchema)).dropped;
  }
}

function selection(filter: DeadLetterFilter) {
  return Object.keys(filter).length === 0 ? { all: true } : filter;
}
