import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { startQdrantDouble, type QdrantDouble } from './qdrant-double.js';

const POINT = '00000000-0000-0000-0000-00000000000';

describe('Qdrant double', () => {
  let double: QdrantDouble;
  beforeEach(async () => {
    double = await startQdrantDouble({ openApiFile: process.env.SIGHTLINE_QDRANT_OPENAPI });
    await send('PUT', '/collections/c', { vectors: { size: 2, distance: 'Cosine' } });
  });
  afterEach(() => double.stop());

  async function send(method: string, path: string, body?: unknown) {
    const response = await fetch(double.url + path, {
      method,
      ...(body !== undefined && {
        body: JSON.stringify(body),
        headers: { 'content-type': 'application/json' },
      }),
    });
    const text = await response.text();
    return { status: response.status, body: text === '' ? null : (JSON.parse(text) as unknown) };
  }
  const point = (id: number, vector: number[], payload = {}) => ({
    id: `${POINT}${id}`,
    vector,
    payload,
  });
  const error = (text: string) => ({ status: { error: expect.stringContaining(text) } });

  it('answers like Qdrant when a collection is missing, exists already, or has the name of an alias', async () => {
    const missing = await send('POST', '/collections/x/points/scroll', {});
    expect(missing).toMatchObject({
      status: 404,
      body: { status: { error: "Not found: Collection `x` doesn't exist!" } },
    });
    const settings = { vectors: { size: 2, distance: 'Cosine' } };
    const again = await send('PUT', '/collections/c', settings);
    expect(again).toMatchObject({
      status: 409,
      body: { status: { error: 'Wrong input: Collection `c` already exists!' } },
    });
    const alias = { create_alias: { collection_name: 'c', alias_name: 'a' } };
    expect(await send('POST', '/collections/aliases', { actions: [alias] })).toMatchObject({
      status: 200,
      body: { result: true, status: 'ok' },
    });
    expect((await send('GET', '/collections/a')).status).toBe(200);
    expect((await send('PUT', '/collections/a', settings)).status).toBe(400);
    expect(double.violations).toEqual([]);
  });

  it.each([
    ['PUT', 'points', { points: [{ id: 'nonsense', vector: [1, 0] }] }, 400, 'valid point ID'],
    ['PUT', 'points', { points: [{ id: 1, vector: [1, 0], extra: 1 }] }, 400, 'extra'],
    ['PUT', 'points?force=1', { points: [] }, 400, 'force'],
    ['PUT', 'points', { points: [{ id: 1, vector: [1] }] }, 400, 'expected dim: 2, got 1'],
    ['POST', 'points/query', { query: [1, 0, 0] }, 400, 'expected dim: 2, got 3'],
    ['POST', 'points/query', { query: [1, 0], limit: 0 }, 422, 'must be 1 or larger'],
    ['POST', 'points/scroll', { filter: { must: { key: 'a' } } }, 400, 'Format error'],
    ['POST', 'facet', { key: 'a' }, 400, 'Index required but not found for "a"'],
  ])('refuses %s %s %j', async (method, path, body, status, text) => {
    const answer = await send(method, `/collections/c/${path}`, body);
    expect(answer).toMatchObject({ status, body: error(text) });
  });

  it('reports endpoints that Sightline does not use', async () => {
    expect((await send('POST', '/collections/c/points/search', {})).status).toBe(404);
    expect(double.violations).toEqual([
      'POST /collections/c/points/search is not an endpoint of the double',
    ]);
  });

  it('scores by cosine similarity, independently of the lengths of the vectors', async () => {
    const points = [point(1, [3, 0]), point(2, [0, 0.5]), point(3, [-2, 0])];
    const upserted = await send('PUT', '/collections/c/points?wait=true', { points });
    expect(upserted.body).toMatchObject({ result: { operation_id: 0, status: 'completed' } });
    const found = await send('POST', '/collections/c/points/query', { query: [7, 0] });
    expect(found.body).toMatchObject({
      result: {
        points: [
          { id: `${POINT}1`, score: 1, version: 0 },
          { id: `${POINT}2`, score: 0 },
          { id: `${POINT}3`, score: -1 },
        ],
      },
    });
  });

  it('filters nested fields, lists, missing fields and nested conditions', async () => {
    const points = [
      point(1, [1, 0], { tag: ['a', 'b'], at: { x: 1 } }),
      point(2, [1, 0], { tag: 'b', at: { x: 2 } }),
      point(3, [1, 0], { tag: null }),
      point(4, [1, 0], {}),
    ];
    await send('PUT', '/collections/c/points', { points });
    const cases: [unknown, number[]][] = [
      [{ must: { key: 'tag', match: { value: 'b' } } }, [1, 2]],
      [{ must: { key: 'tag', match: { any: ['a', 'z'] } } }, [1]],
      [{ must: { key: 'tag', match: { except: ['b'] } } }, [1]],
      [{ must: [{ key: 'at.x', range: { gt: 1, lte: 2 } }] }, [2]],
      [{ must_not: [{ key: 'at.x', range: { gte: 0 } }] }, [3, 4]],
      [{ must: { is_empty: { key: 'tag' } } }, [3, 4]],
      [{ must: { is_null: { key: 'tag' } } }, [3]],
      [{ must: { has_id: [`${POINT}4`] } }, [4]],
      [
        {
          should: [
            {
              must: [
                { key: 'at.x', range: { lt: 2 } },
                { key: 'tag', match: { value: 'a' } },
              ],
            },
            { has_id: [`${POINT}3`] },
          ],
        },
        [1, 3],
      ],
    ];
    for (const [filter, expected] of cases) {
      const { body } = await send('POST', '/collections/c/points/scroll', { filter });
      const { result } = body as { result: { points: { id: string }[] } };
      expect(result.points.map(({ id }) => Number(id.slice(-1)))).toEqual(expected);
    }
    expect(double.violations).toEqual([]);
  });

  it('requires its API key if it has one', async () => {
    const locked = await startQdrantDouble({ apiKey: 'right' });
    try {
      const statuses = await Promise.all(
        [{}, { 'api-key': 'wrong' }, { 'api-key': 'right' }].map(async (headers) => {
          const response = await fetch(`${locked.url}/aliases`, { headers });
          return response.status;
        }),
      );
      expect(statuses).toEqual([401, 401, 200]);
    } finally {
      await locked.stop();
    }
  });
});
