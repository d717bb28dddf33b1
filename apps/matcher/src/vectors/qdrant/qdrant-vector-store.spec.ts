import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import { type AddressInfo } from 'node:net';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { freePort } from '../../../../../test/support/free-port.js';
import { startQdrantDouble, type QdrantDouble } from '../../../../../test/support/qdrant-double.js';
import {
  makeSighting,
  makeTemplate,
  vectorAt,
} from '../../../../../test/support/vector-records.js';
import { spaceSlug } from '../vector-store.config.js';
import { QdrantVectorStore } from './qdrant-vector-store.js';

const SPACE = 'model@1+none';
const TEMPLATES = `sightline_${spaceSlug(SPACE)}_templates`;

function storeAt(url: string, settings: { apiKey?: string; timeoutMs?: number } = {}) {
  const server = { url, apiKey: settings.apiKey, timeoutMs: settings.timeoutMs ?? 5_000 };
  return new QdrantVectorStore({ server, space: SPACE, dimension: 4 });
}

/** A server that gives every request the same answer. */
async function startServer(listener: RequestListener) {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    stop: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

describe('QdrantVectorStore', () => {
  let double: QdrantDouble;
  beforeEach(async () => {
    double = await startQdrantDouble();
  });
  afterEach(() => double.stop());

  async function ask(method: string, path: string, body?: unknown) {
    const response = await fetch(double.url + path, {
      method,
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    return ((await response.json()) as { result: unknown }).result;
  }
  const template = makeTemplate('one', vectorAt(0, 4));

  it('creates a collection per kind of record, with an alias and an index for every filter', async () => {
    await storeAt(double.url).open();
    const sightings = TEMPLATES.replace('templates', 'sightings');
    expect(await ask('GET', '/aliases')).toEqual({
      aliases: [
        { alias_name: TEMPLATES, collection_name: `${TEMPLATES}_1` },
        { alias_name: sightings, collection_name: `${sightings}_1` },
      ],
    });
    expect(await ask('GET', `/collections/${sightings}`)).toMatchObject({
      config: { params: { vectors: { size: 4, distance: 'Cosine' } } },
      payload_schema: {
        tenant: { params: { type: 'keyword', is_tenant: true } },
        personId: { data_type: 'keyword' },
        cameraId: { data_type: 'keyword' },
        'image.store': { data_type: 'keyword' },
        observedAt: { data_type: 'integer' },
        decidedAt: { data_type: 'integer' },
      },
    });
  });

  it('can be opened by several processes at the same time', async () => {
    const stores = Array.from({ length: 5 }, () => storeAt(double.url));
    await Promise.all(stores.map((store) => store.open()));
    await stores[0]!.upsertTemplates([template]);
    for (const store of stores) expect(await store.listTemplates('acme', 'ann')).toHaveLength(1);
  });

  it('uses a new collection when the alias is moved to it', async () => {
    const store = storeAt(double.url);
    await store.open();
    await store.upsertTemplates([template]);
    await ask('PUT', `/collections/${TEMPLATES}_2`, { vectors: { size: 4, distance: 'Cosine' } });
    const alias = { collection_name: `${TEMPLATES}_2`, alias_name: TEMPLATES };
    await ask('POST', '/collections/aliases', { actions: [{ create_alias: alias }] });
    await storeAt(double.url).open();
    expect(await store.listTemplates('acme', 'ann')).toEqual([]);
    expect(await store.countTemplates('acme', ['ann'])).toEqual(new Map([['ann', 0]]));
  });

  it('completes a cohort that a killed matcher has written partly', async () => {
    const store = storeAt(double.url);
    await store.open();
    const sha256 = 'a'.repeat(64);
    const vectors = Array.from({ length: 20 }, (_, i) => vectorAt(i, 4));
    await store.putCohort({ sha256, vectors });
    const collection = TEMPLATES.replace('templates', 'cohort');
    const listing = await ask('POST', `/collections/${collection}/points/scroll`, { limit: 7 });
    const lost = (listing as { points: { id: string }[] }).points.map(({ id }) => id);
    await ask('POST', `/collections/${collection}/points/delete`, { points: lost });
    const query = { vector: vectorAt(0, 4), limit: 100 };
    expect((await store.searchCohort(sha256, [query]))[0]).toHaveLength(13);
    await store.putCohort({ sha256, vectors });
    expect((await store.searchCohort(sha256, [query]))[0]).toHaveLength(20);
  });

  it('refuses a collection with another metric', async () => {
    await ask('PUT', `/collections/${TEMPLATES}`, { vectors: { size: 4, distance: 'Dot' } });
    const opening = storeAt(double.url).open();
    await expect(opening).rejects.toMatchObject({ code: 'SPACE_MISMATCH' });
  });

  it('reports a server that does not run as unavailable', async () => {
    const store = storeAt(`http://127.0.0.1:${await freePort()}`);
    const unavailable = { code: 'VECTOR_STORE_UNAVAILABLE', class: 'wait', httpStatus: 503 };
    await expect(store.open()).rejects.toMatchObject(unavailable);
    await expect(store.check()).rejects.toMatchObject(unavailable);
    await expect(store.upsertTemplates([template])).rejects.toMatchObject(unavailable);
  });

  it('names QDRANT_API_KEY when the key is missing or wrong', async () => {
    const locked = await startQdrantDouble({ apiKey: 'right' });
    try {
      const refused = { class: 'wait', message: expect.stringContaining('QDRANT_API_KEY') };
      await expect(storeAt(locked.url).open()).rejects.toMatchObject(refused);
      await expect(storeAt(locked.url, { apiKey: 'wrong' }).open()).rejects.toMatchObject(refused);
      await storeAt(locked.url, { apiKey: 'right' }).open();
    } finally {
      await locked.stop();
    }
  });

  it('works after a restart of the server between two requests', async () => {
    const store = storeAt(double.url);
    await store.open();
    const { port } = new URL(double.url);
    await double.stop();
    double = await startQdrantDouble({ port: Number(port) });
    await store.open();
    await store.upsertTemplates([template]);
    expect(await store.listTemplates('acme', 'ann')).toHaveLength(1);
  });

  it.each([
    ['overloaded', 429, 'wait'],
    ['out of disk', 507, 'wait'],
    ['failing', 500, 'wait'],
    ['refusing the request', 400, 'retry'],
  ])('reports the answer of a server that is %s', async (_, status, expected) => {
    const server = await startServer((_request, response) => {
      response.writeHead(status, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ status: { error: 'the reason' }, time: 0 }));
    });
    try {
      await expect(storeAt(server.url).upsertTemplates([template])).rejects.toMatchObject({
        class: expected,
        message: expect.stringContaining('the reason'),
      });
    } finally {
      server.stop();
    }
  });

  it('fails a write that the server has only queued', async () => {
    const server = await startServer((_request, response) => {
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ result: { status: 'wait_timeout' }, status: 'ok', time: 0 }));
    });
    try {
      await expect(storeAt(server.url).upsertTemplates([template])).rejects.toMatchObject({
        code: 'VECTOR_STORE_UNAVAILABLE',
      });
    } finally {
      server.stop();
    }
  });

  it('fails when the server does not answer in time', async () => {
    const server = await startServer(() => undefined);
    try {
      const store = storeAt(server.url, { timeoutMs: 200 });
      await expect(store.check()).rejects.toMatchObject({ code: 'VECTOR_STORE_UNAVAILABLE' });
    } finally {
      server.stop();
    }
  });

  it('uses the port and the path of its URL', async () => {
    const paths: string[] = [];
    const server = await startServer((request, response) => {
      paths.push(request.url ?? '');
      response.writeHead(404).end();
    });
    try {
      const checking = storeAt(`${server.url}/behind/proxy/`).check();
      await expect(checking).rejects.toMatchObject({ class: 'wait' });
      expect(paths).toEqual([`/behind/proxy/collections/${TEMPLATES}`]);
    } finally {
      server.stop();
    }
  });

  it('shares its data with other processes', async () => {
    const main = fileURLToPath(
      new URL('../../../../../test/support/qdrant-double.main.js', import.meta.url),
    );
    const child = spawn(process.execPath, [main], { stdio: ['ignore', 'pipe', 'inherit'] });
    const exited = once(child, 'exit');
    try {
      const [url] = (await once(createInterface(child.stdout), 'line')) as [string];
      const [writer, reader] = [storeAt(url), storeAt(url)];
      await Promise.all([writer.open(), reader.open()]);
      await writer.upsertSightings([makeSighting('one', vectorAt(0, 4))]);
      const { items } = await reader.listSightings('acme', {}, { limit: 5 });
      expect(items).toHaveLength(1);
    } finally {
      child.kill('SIGTERM');
    }
    expect(await exited).toEqual([0, null]);
  });
});
