import { readFile } from 'node:fs/promises';
import { ApiClient } from '#shared/client/api-client.js';
import {
  type ImportImage,
  importsHttp,
  type ImportView,
} from '#shared/contracts/http/imports.http.js';
import { peopleHttp } from '#shared/contracts/http/people.http.js';
import { sightingsHttp, type SightingView } from '#shared/contracts/http/sightings.http.js';
import { waitUntil } from './wait-until.js';

/** A typed client of the service at `url`. */
export function api(url: string, apiKey?: string): ApiClient {
  return new ApiClient({ service: 'service', url, apiKey });
}

/** The bytes as a file to be uploaded. */
export function upload(bytes: Buffer): File {
  return new File([Uint8Array.from(bytes)], 'image.jpg');
}

export async function startImport(ingestUrl: string, store: string, prefix = ''): Promise<string> {
  return (await api(ingestUrl).call(importsHttp.start, { body: { store, prefix } })).id;
}

export async function readImport(ingestUrl: string, id: string): Promise<ImportView> {
  return api(ingestUrl).call(importsHttp.read, { params: { id } });
}

/** @param intervalMs time between two requests, because each request is work for the ingest process */
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
  const query = { store };
  return all(api(matcherUrl).each(sightingsHttp.list, { query }, (page) => page.sightings));
}

/** Images of an import that have no sighting. */
export async function listImages(ingestUrl: string, id: string): Promise<ImportImage[]> {
  const params = { id };
  return all(api(ingestUrl).each(importsHttp.images, { params }, (page) => page.images));
}

async function all<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const found: Item[] = [];
  for await (const item of items) found.push(item);
  return found;
}

/** @returns the id of the person */
export async function enrol(
  matcherUrl: string,
  name: string,
  photograph: string | Buffer,
): Promise<string> {
  const matcher = api(matcherUrl);
  const { id } = await matcher.call(peopleHttp.create, { body: { name } });
  const image = upload(typeof photograph === 'string' ? await readFile(photograph) : photograph);
  await matcher.call(peopleHttp.enrol, { params: { personId: id }, files: { image } });
  return id;
}
