import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { createHash, randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { freePort } from '../../../../test/support/free-port.js';
import { download } from './download.js';

const FILE = randomBytes(300_000);
const SHA256 = createHash('sha256').update(FILE).digest('hex');

/** What each path of the server does. */
const ANSWERS: Readonly<Record<string, (response: ServerResponse) => void>> = {
  '/whole': (response) => response.setHeader('content-length', FILE.length).end(FILE),
  '/chunked': (response) => {
    response.write(FILE.subarray(0, 1_000));
    response.end(FILE.subarray(1_000));
  },
  '/cut-off': (response) => {
    response.setHeader('content-length', FILE.length).write(FILE.subarray(0, 100_000), () => {
      response.destroy();
    });
  },
  '/hangs': (response) => void response.setHeader('content-length', FILE.length).write('a little'),
  '/silent': () => undefined,
  '/moved': (response) => response.writeHead(302, { location: '/whole' }).end(),
  '/away': (response) => response.writeHead(302, { location: 'http://example.com/x' }).end(),
  '/round': (response) => response.writeHead(302, { location: '/round' }).end(),
  '/nowhere': (response) => response.writeHead(302, { location: 'http://' }).end(),
};

describe('download', () => {
  let server: Server;
  let folder: string;
  let file: string;

  beforeAll(async () => {
    server = createServer((request, response) => {
      const answer = ANSWERS[request.url ?? ''];
      if (answer) answer(response);
      else response.writeHead(404).end('not here');
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  });
  beforeEach(async () => {
    folder = await mkdtemp(path.join(os.tmpdir(), 'sightline-download-'));
    file = path.join(folder, 'file');
  });
  afterAll(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    await rm(folder, { recursive: true });
  });

  const source = (route: string, rest: { sha256?: string; maxBytes?: number } = {}) => ({
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}${route}`,
    sha256: null,
    maxBytes: 1_000_000,
    ...rest,
  });

  it.each(['/whole', '/chunked', '/moved'])(
    'downloads %s and returns its sha256',
    async (route) => {
      const seen: [number, number | null][] = [];
      const onProgress = (...progress: [number, number | null]) => seen.push(progress);
      const wanted = source(route, { sha256: SHA256 });
      expect(await download(wanted, file, { onProgress })).toBe(SHA256);
      expect(FILE.equals(await readFile(file))).toBe(true);
      expect(seen.at(-1)).toEqual([FILE.length, route === '/chunked' ? null : FILE.length]);
    },
  );

  it.each([
    ['/absent', /answered 404 Not Found/],
    ['/cut-off', /the connection was lost/],
    ['/hangs', /sent nothing for 0.3 s/],
    ['/silent', /sent nothing for 0.3 s/],
    ['/away', /redirects to http:\/\/example.com\/x, which is not https/],
    ['/round', /redirects more than 5 times/],
    ['/nowhere', /is not a valid address/],
  ])('cannot use %s and gives the reason', async (route, message) => {
    await expect(download(source(route), file, { stallMs: 300 })).rejects.toMatchObject({
      code: 'MODEL_SOURCE_UNREACHABLE',
      message: expect.stringMatching(message),
      retryable: true,
    });
  });

  it('reports a server that does not listen', async () => {
    const nobody = `http://127.0.0.1:${await freePort()}/whole`;
    await expect(download({ ...source('/whole'), url: nobody }, file)).rejects.toMatchObject({
      code: 'MODEL_SOURCE_UNREACHABLE',
      message: expect.stringContaining('ECONNREFUSED'),
    });
  });

  it('rejects plain http from another machine', async () => {
    const away = { ...source('/whole'), url: 'http://192.0.2.1/weights.h5' };
    await expect(download(away, file)).rejects.toMatchObject({
      message: expect.stringContaining('is not https'),
    });
  });

  it('rejects a file with another sha256 than the published one', async () => {
    const sha256 = 'f'.repeat(64);
    await expect(download(source('/whole', { sha256 }), file)).rejects.toMatchObject({
      code: 'MODEL_SOURCE_MISMATCH',
      message: expect.stringContaining(SHA256),
      retryable: false,
    });
  });

  it.each(['/whole', '/chunked'])('stops when %s is larger than the limit', async (route) => {
    await expect(download(source(route, { maxBytes: 5_000 }), file)).rejects.toMatchObject({
      code: 'MODEL_SOURCE_MISMATCH',
    });
  });

  it('does not report an error of the disk as an error of the source', async () => {
    const nowhere = path.join(folder, 'absent', 'file');
    await expect(download(source('/whole'), nowhere)).rejects.toMatchObject({ code: 'ENOENT' });
  });
});
