import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import sharp from 'sharp';
import { z } from 'zod';
import { deadLettersHttp } from '#shared/contracts/http/dead-letters.http.js';
import { importDone, listSightings, readImport, startImport } from '../support/api.js';
import { photos } from '../support/photos.js';
import { startCli } from '../support/run-cli.js';
import { startPipeline, type Pipeline } from '../support/start-pipeline.js';
import { streamEvents } from '../support/stream-events.js';
import { waitUntil } from '../support/wait-until.js';

const LARGE = ['large-1.jpg', 'large-2.jpg'];

describe('an archive with unreadable files', () => {
  let folder: string;
  let pipeline: Pipeline;
  let importId: string;

  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'sightline-dead-'));
    const archive = path.join(folder, 'archive');
    await mkdir(archive);
    const photograph = await readFile(path.join((await photos()).faceApi, 'sample3.jpg'));
    const small = await sharp(photograph).resize({ width: 700 }).jpeg().toBuffer();
    const large = await sharp(small).resize({ width: 1200 }).jpeg().toBuffer();
    await writeFile(path.join(archive, 'small.jpg'), small);
    await writeFile(path.join(archive, 'empty.jpg'), '');
    for (const name of LARGE) await writeFile(path.join(archive, name), large);
    pipeline = await startPipeline(
      { archive: pathToFileURL(archive).href },
      { MAX_IMAGE_PIXELS: '500000' },
    );
    importId = await startImport(pipeline.ingest.url, 'archive');
    await importDone(pipeline.ingest.url, importId);
  }, 180_000);

  afterAll(async () => {
    await pipeline.stop();
    await rm(folder, { recursive: true, force: true });
  });

  async function cli(...args: string[]): Promise<{ code: unknown; output: string }> {
    const settings = { SIGHTLINE_INGEST_URL: pipeline.ingest.url };
    const run = startCli(folder, args, settings);
    return { code: await run.ended, output: run.output() };
  }

  async function listed(...args: string[]) {
    const { output } = await cli('dlq', 'list', '--json', ...args);
    const { letters } = deadLettersHttp.list.response.shape;
    return z.object({ letters, total: z.number() }).parse(JSON.parse(output));
  }

  it('lists dead letters, and their number by error code', async () => {
    const { code, output } = await cli('dlq', 'list');
    expect(code).toBe(0);
    for (const name of [...LARGE, 'empty.jpg']) expect(output).toContain(`archive/${name}`);
    expect(output).not.toContain('small.jpg');
    expect(output).toContain('total: 3 dead letters');
    expect(output).toMatch(/2 +IMAGE_TOO_LARGE +decode\n.*1 +IMAGE_EMPTY +\w+/);
  }, 60_000);

  it('shows their error codes in the summary of the import', async () => {
    const { output } = await cli('imports', 'show', importId);
    expect(output).toContain('refused or failed, by error code: IMAGE_TOO_LARGE 2, IMAGE_EMPTY 1');
  }, 60_000);

  it('shows the details of a dead letter', async () => {
    const { letters } = await listed('--code', 'IMAGE_TOO_LARGE', '--import', importId);
    expect(letters.map(({ image }) => image?.key).sort()).toEqual(LARGE);
    const { output } = await cli('dlq', 'show', letters[0]!.id);
    expect(output).toMatch(/error +IMAGE_TOO_LARGE: /);
    expect(output).toMatch(new RegExp(`source +import ${importId}\n`));
    expect(output).toMatch(/attempts +1, last by embedder@.+:\d+\n/);
    expect(output).toMatch(/detect +rfb320-68 on onnxruntime, cpu/);
    expect(output).toMatch(/embed +fr-feature on onnxruntime, cpu/);
    expect(output).toMatch(/data +\{"v":1,"tenant":"default"/);
    expect((await cli('dlq', 'show', '0'.repeat(32))).output).toContain('DEAD_LETTER_NOT_FOUND');
  }, 60_000);

  it('replays or drops nothing without a selection', async () => {
    for (const command of ['replay', 'drop']) {
      const { code, output } = await cli('dlq', command);
      expect(code).toBe(1);
      expect(output).toContain('WHICH_LETTERS');
    }
    expect((await listed()).total).toBe(3);
  }, 60_000);

  it('finds their faces in a replay, after the cause is fixed', async () => {
    await pipeline.embedder.stop();
    pipeline.embedder = await pipeline.startEmbedder({ MAX_IMAGE_PIXELS: '100000000' });
    const replay = await cli('dlq', 'replay', '--code', 'IMAGE_TOO_LARGE', '--since', '1h');
    expect(replay).toEqual({ code: 0, output: 'replayed: 2\n' });
    await waitUntil('their outcomes', async () => {
      const { counts } = await readImport(pipeline.ingest.url, importId);
      return counts.unknown === 3;
    });
    const { status, counts, listed: images } = await readImport(pipeline.ingest.url, importId);
    expect({ status, images }).toEqual({ status: 'done', images: 4 });
    expect(counts).toEqual({
      named: 0,
      unknown: 3,
      faceless: 0,
      refused: 1,
      failed: 0,
      cancelled: 0,
    });
    expect((await listed()).letters.map(({ image }) => image?.key)).toEqual(['empty.jpg']);
    const sightings = await listSightings(pipeline.matcher.url, 'archive');
    expect(new Set(sightings.map(({ image }) => image.key))).toEqual(
      new Set([...LARGE, 'small.jpg']),
    );
    const events = await streamEvents(pipeline.redis.url);
    expect(new Set(events.map(({ id }) => id)).size).toBe(events.length);
    expect(events.map(({ subject }) => subject).sort()).toEqual(
      sightings.map(({ id }) => id).sort(),
    );
  }, 120_000);

  it('gets a new dead letter if the cause is not fixed', async () => {
    const before = await listed();
    expect(await cli('dlq', 'replay', before.letters[0]!.id)).toMatchObject({ code: 0 });
    const again = await waitUntil('the new dead letter', async () => {
      const { letters } = await listed();
      return letters.length === 1 && letters[0]!.replays === 1 && letters[0];
    });
    expect(again).toMatchObject({ code: 'IMAGE_EMPTY', image: { key: 'empty.jpg' } });
    const { counts } = await readImport(pipeline.ingest.url, importId);
    expect(counts).toMatchObject({ refused: 1, failed: 0 });
  }, 60_000);

  it('deletes dropped letters, and keeps the outcome', async () => {
    expect(await cli('dlq', 'drop', '--all')).toEqual({ code: 0, output: 'dropped: 1\n' });
    expect((await cli('dlq', 'list')).output).toBe('total: 0 dead letters\n');
    expect((await readImport(pipeline.ingest.url, importId)).counts.refused).toBe(1);
  }, 60_000);
});
