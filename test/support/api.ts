import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { waitUntil } from './wait-until.js';

const count = z.number().int().nonnegative();

const importSchema = z.object({
  id: z.string(),
  status: z.string(),
  listed: count,
  skipped: count,
  faces: count,
  counts: z.object({
    named: count,
    unknown: count,
    faceless: count,
    refused: count,
    failed: count,
    cancelled: count,
  }),
  alreadyDone: z.object({ named: count, unknown: count, faceless: count, refused: count }),
});
export type ImportView = z.infer<typeof importSchema>;

const sightingSchema = z.object({
  id: z.string(),
  image: z.object({ key: z.string() }),
  width: z.number(),
  height: z.number(),
  box: z.object({ x: z.number(), y: z.number(), width: z.number(), height: z.number() }),
  personId: z.string().nullable(),
});
export type SightingView = z.infer<typeof sightingSchema>;

const imageSchema = z.object({
  key: z.string(),
  outcome: z.string(),
  code: z.string().optional(),
});
export type ImageView = z.infer<typeof imageSchema>;

/** Requests JSON and fails with the body of the answer when it is an error. */
export async function requestJson(url: string, init?: RequestInit): Promise<unknown> {
  const response = await fetch(url, init);
  const text = await response.text();
  if (!response.ok) throw new Error(`${init?.method ?? 'GET'} ${url}: ${response.status} ${text}`);
  return text === '' ? null : JSON.parse(text);
}

export function postJson(url: string, body: unknown): Promise<unknown> {
  return requestJson(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
}

/** Multipart form; a value that is a Buffer goes as a file. */
export function form(fields: Readonly<Record<string, string | Buffer>>): FormData {
  const data = new FormData();
  for (const [name, value] of Object.entries(fields)) {
    if (typeof value === 'string') data.append(name, value);
    else data.append(name, new Blob([Uint8Array.from(value)]), `${name}.jpg`);
  }
  return data;
}

export async function startImport(ingestUrl: string, store: string, prefix = ''): Promise<string> {
  const body = await postJson(`${ingestUrl}/v1/imports`, { store, prefix });
  return importSchema.parse(body).id;
}

export async function readImport(ingestUrl: string, id: string): Promise<ImportView> {
  return importSchema.parse(await requestJson(`${ingestUrl}/v1/imports/${id}`));
}

/** @param intervalMs between looks; each costs the ingest process some work */
export function importDone(ingestUrl: string, id: string, timeoutMs = 120_000, intervalMs = 50) {
  return waitUntil(
    `import ${id} to be done`,
    async () => {
      const view = await readImport(ingestUrl, id);
      return view.status === 'done' && view;
    },
    timeoutMs,
    intervalMs,
  );
}

export async function listSightings(matcherUrl: string, store: string): Promise<SightingView[]> {
  const schema = z.object({ sightings: z.array(sightingSchema), cursor: z.string().nullable() });
  const found: SightingView[] = [];
  let cursor: string | null = '';
  while (cursor !== null) {
    const query = new URLSearchParams({ store, limit: '100', ...(cursor && { cursor }) });
    const page = schema.parse(await requestJson(`${matcherUrl}/v1/sightings?${query.toString()}`));
    found.push(...page.sightings);
    cursor = page.cursor;
  }
  return found;
}

/** Images of an import that gave no sighting. */
export async function listImages(ingestUrl: string, id: string): Promise<ImageView[]> {
  const schema = z.object({ images: z.array(imageSchema), cursor: z.string().nullable() });
  const found: ImageView[] = [];
  let cursor: string | null = '';
  while (cursor !== null) {
    const query = new URLSearchParams({ limit: '100', ...(cursor && { cursor }) });
    const page = schema.parse(
      await requestJson(`${ingestUrl}/v1/imports/${id}/images?${query.toString()}`),
    );
    found.push(...page.images);
    cursor = page.cursor;
  }
  return found;
}

export async function enrol(matcherUrl: string, name: string, photograph: string | Buffer) {
  const person = z
    .object({ id: z.string() })
    .parse(await postJson(`${matcherUrl}/v1/people`, { name }));
  const image = typeof photograph === 'string' ? await readFile(photograph) : photograph;
  await requestJson(`${matcherUrl}/v1/people/${person.id}/templates`, {
    method: 'POST',
    body: form({ image }),
  });
  return person.id;
}
