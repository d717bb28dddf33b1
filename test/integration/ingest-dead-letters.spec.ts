import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { embedImageContract } from '#shared/contracts/embed-image.contract.js';
import { deadLettersHttp } from '#shared/contracts/http/dead-letters.http.js';
import { errorBodySchema } from '#shared/contracts/http/errors.js';
import { OutcomeLedger } from '#shared/platform/ledger/outcome-ledger.js';
import { callApi } from '../support/call-api.js';
import { deadError, embedJob, imageLetter } from '../support/dead-letters.js';
import { IngestBed, type TestIngest } from '../support/ingest-tests.js';

const KEYS = { default: 'key-of-the-default-tenant', others: 'key-of-the-other-tenant' };
const PATH = '/v1/dead-letters';

let bed: IngestBed;
let ingest: TestIngest;

beforeAll(async () => {
  bed = await IngestBed.make();
  ingest = await bed.start({
    API_KEYS: `${KEYS.default}:default,${KEYS.others}:others`,
    DEAD_LETTERS_MAX: '100',
  });
});

afterAll(() => bed.close());

async function call(method: string, route: string, body?: unknown, tenant = KEYS.default) {
  return callApi(ingest.url, method, route, body, { authorization: `Bearer ${tenant}` });
}

async function list(query = '') {
  const { body } = await call('GET', `${PATH}?${query}`);
  return deadLettersHttp.list.response.parse(body);
}

async function problem(method: string, route: string, body?: unknown, tenant?: string) {
  const answer = await call(method, route, body, tenant);
  const { code, message } = errorBodySchema.parse(answer.body).error;
  return { status: answer.status, code, message };
}

describe('dead letters over HTTP', () => {
  const payloads = ['a', 'b', 'c'].map((name) => embedJob(`${name}.jpg`));
  const ids = payloads.map((payload) => embedImageContract.jobId(payload));

  beforeEach(async () => {
    await bed.redis.flushall();
    const ledger = new OutcomeLedger(bed.redis);
    const codes = ['IMAGE_EMPTY', 'IMAGE_TOO_LARGE', 'IMAGE_TOO_LARGE'];
    for (const [i, payload] of payloads.entries()) {
      const error = deadError({ code: codes[i]! });
      const letter = imageLetter(payload, error, Date.now() - 60_000 + i);
      const image = { imageId: letter.id, tenant: payload.tenant, key: payload.image.key };
      const rest = { outcome: 'refused', faces: 0, events: [] } as const;
      await ledger.finish({ ...image, error, letter, ...rest });
    }
  });

  it('are listed newest first, page by page, without the data of their jobs', async () => {
    const first = await list('limit=2');
    expect(first.letters.map(({ image }) => image!.key)).toEqual(['c.jpg', 'b.jpg']);
    expect(JSON.stringify(first)).not.toContain('"data"');
    const second = await list(`limit=2&cursor=${first.cursor!}`);
    expect(second).toMatchObject({ letters: [{ image: { key: 'a.jpg' } }], cursor: null });
  });

  it('are listed by code and time', async () => {
    expect((await list('code=IMAGE_EMPTY')).letters).toHaveLength(1);
    const recently = new Date(Date.now() - 1_000).toISOString();
    expect((await list(`from=${recently}`)).letters).toEqual([]);
    expect((await list(`to=${recently}&stage=decode`)).letters).toHaveLength(3);
  });

  it('are counted by code and stage', async () => {
    expect((await call('GET', `${PATH}/counts`)).body).toEqual({
      total: 3,
      forgotten: 0,
      counts: [
        { code: 'IMAGE_TOO_LARGE', stage: 'decode', count: 2 },
        { code: 'IMAGE_EMPTY', stage: 'decode', count: 1 },
      ],
    });
  });

  it('are shown with the data of their jobs', async () => {
    const { body } = await call('GET', `${PATH}/${ids[0]!}`);
    expect(body).toMatchObject({
      id: ids[0],
      tenant: 'default',
      job: { id: ids[0], replayable: true, data: payloads[0] },
    });
  });

  it('are replayed and dropped by filter', async () => {
    expect(await call('POST', `${PATH}/replay`, { code: 'IMAGE_EMPTY' })).toEqual({
      status: 200,
      body: { replayed: 1, busy: 0, notReplayable: 0 },
    });
    const job = await bed.redis.hget(`sightline-queue:embed-image:${ids[0]!}`, 'data');
    expect(JSON.parse(job!)).toEqual(payloads[0]);
    expect(await call('POST', `${PATH}/drop`, { id: ids[1] })).toMatchObject({
      body: { dropped: 1 },
    });
    expect((await list()).letters.map(({ id }) => id)).toEqual([ids[2]]);
    expect((await call('POST', `${PATH}/drop`, { all: true })).body).toEqual({ dropped: 1 });
  });

  it.each([
    ['no selection', {}],
    ['an unknown field', { codes: 'IMAGE_EMPTY' }],
    ['a false all', { all: false }],
    ['an unknown stage', { stage: 'lunch' }],
    ['an invalid time', { from: 'yesterday' }],
  ])('are not replayed or dropped with %s', async (_, body) => {
    for (const action of ['replay', 'drop']) {
      const refused = await problem('POST', `${PATH}/${action}`, body);
      expect(refused).toMatchObject({ status: 400, code: 'REQUEST_INVALID' });
    }
    expect((await list()).letters).toHaveLength(3);
  });

  it('are visible only to their tenant', async () => {
    const missing = { status: 404, code: 'DEAD_LETTER_NOT_FOUND' };
    const route = `${PATH}/${ids[0]!}`;
    expect(await problem('GET', route, undefined, KEYS.others)).toMatchObject(missing);
    for (const action of ['replay', 'drop']) {
      const body = { id: ids[0] };
      const refused = await problem('POST', `${PATH}/${action}`, body, KEYS.others);
      expect(refused).toMatchObject(missing);
    }
    expect((await call('POST', `${PATH}/drop`, { all: true }, KEYS.others)).body).toEqual({
      dropped: 0,
    });
    expect(await problem('GET', PATH, undefined, 'no key')).toMatchObject({ status: 401 });
    expect((await list()).letters).toHaveLength(3);
  });
});
