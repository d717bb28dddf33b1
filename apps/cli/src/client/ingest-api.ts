import { z } from 'zod';
import { OUTCOMES } from '#shared/contracts/outcome.js';
import { type ApiClient, pages } from './api-client.js';

const count = z.number().int().nonnegative();

const importSchema = z.object({
  id: z.string(),
  store: z.string(),
  prefix: z.string(),
  status: z.enum(['listing', 'running', 'paused', 'cancelled', 'done', 'failed']),
  listed: count,
  /** Objects that are no image by their name. */
  skipped: count,
  counts: z.object({
    named: count,
    unknown: count,
    faceless: count,
    refused: count,
    failed: count,
    cancelled: count,
  }),
  /** Images that an earlier import finished. */
  alreadyDone: z.object({ named: count, unknown: count, faceless: count, refused: count }),
  /** Refused and failed images by error code, those refused before among them. */
  problems: z.record(z.string(), count),
  faces: count,
  pending: count,
  imagesPerSecond: z.number().nullable(),
  secondsLeft: z.number().nullable(),
  startedAt: z.coerce.date(),
  finishedAt: z.coerce.date().nullable(),
  /** Why it failed, or what it waits for. */
  error: z.object({ code: z.string(), message: z.string() }).nullable(),
});
export type ImportView = z.output<typeof importSchema>;

const importImageSchema = z.object({
  key: z.string(),
  outcome: z.enum(OUTCOMES),
  code: z.string().nullish(),
  message: z.string().nullish(),
});
export type ImportImage = z.output<typeof importImageSchema>;

const importListSchema = z.object({
  imports: z.array(importSchema),
  cursor: z.string().nullish(),
});

const imageListSchema = z.object({
  images: z.array(importImageSchema),
  cursor: z.string().nullish(),
});

export type ImportAction = 'pause' | 'resume' | 'cancel';

export class IngestApi {
  constructor(private readonly client: ApiClient) {}

  startImport(store: string, prefix: string): Promise<ImportView> {
    return this.client.post('/v1/imports', { store, prefix }, importSchema);
  }

  async listImports(): Promise<readonly ImportView[]> {
    return (await this.client.get('/v1/imports', importListSchema)).imports;
  }

  readImport(id: string): Promise<ImportView> {
    return this.client.get(importPath(id), importSchema);
  }

  changeImport(id: string, action: ImportAction): Promise<ImportView> {
    return this.client.post(`${importPath(id)}/${action}`, {}, importSchema);
  }

  /**
   * Images of an import that gave no sighting: faceless, refused and failed ones. One that was tried again
   * comes once more, with its new outcome.
   */
  images(id: string): AsyncGenerator<ImportImage> {
    return pages(async (query) => {
      const page = await this.client.get(`${importPath(id)}/images?${query}`, imageListSchema);
      return { items: page.images, cursor: page.cursor };
    });
  }
}

function importPath(id: string): string {
  return `/v1/imports/${encodeURIComponent(id)}`;
}
