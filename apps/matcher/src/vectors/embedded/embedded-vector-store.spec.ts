import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { seededRandom } from '#models/accuracy/people-bootstrap.js';
import { VECTOR_STORE_DEPENDENCY } from '#shared/contracts/dependency.js';
import {
  makeSighting,
  makeTemplate,
  randomUnitVector,
  vectorAt,
} from '../../../../../test/support/vector-records.js';
import { waitUntil } from '../../../../../test/support/wait-until.js';
import { EmbeddedVectorStore } from './embedded-vector-store.js';

const WRITER = fileURLToPath(
  new URL('../../../../../test/support/vector-writer.main.js', import.meta.url),
);
const KILLS = 6;
const AXIS = vectorAt(0, 64);
const LATER = Number.MAX_SAFE_INTEGER;

describe('EmbeddedVectorStore', () => {
  let root: string;
  let folder: string;
  const children = new Set<ChildProcess>();
  beforeEach(async () => {
    root = await mkdtemp(path.join(tmpdir(), 'sightline-vectors-'));
    folder = path.join(root, 'space');
  });
  afterEach(async () => {
    for (const child of children) child.kill('SIGKILL');
    await rm(root, { recursive: true, force: true });
  });

  function openHere() {
    return new EmbeddedVectorStore({ folder, space: 'crash@1+none', dimension: 64 });
  }

  /** A process that writes to the folder; `acknowledged` is the number of its last acknowledged batch. */
  function startWriter(first: number) {
    const child = fork(WRITER, [folder, String(first)]);
    children.add(child);
    const writer = { child, acknowledged: -1 };
    child.on('message', (count) => (writer.acknowledged = Number(count)));
    return writer;
  }

  async function kill(child: ChildProcess) {
    const exited = once(child, 'exit');
    child.kill('SIGKILL');
    await exited;
    children.delete(child);
  }

  it('keeps every acknowledged batch and no partial batch when it is killed while writing', async () => {
    let acknowledged = 0;
    for (let round = 1; round <= KILLS; round++) {
      const writer = startWriter(acknowledged);
      const goal = acknowledged + 7 * round;
      await waitUntil('some writes', () => writer.acknowledged >= goal);
      await kill(writer.child);
      acknowledged = writer.acknowledged;

      const store = openHere();
      await store.open();
      const { items } = await store.listSightings('acme', {}, { limit: 100_000 });
      await store.close();
      const perBatch = new Map<string, number>();
      for (const { imageId } of items) perBatch.set(imageId, (perBatch.get(imageId) ?? 0) + 1);
      expect([...perBatch.values()].every((count) => count === 5)).toBe(true);
      // The batch in progress may have been written as well.
      expect([acknowledged, acknowledged + 1]).toContain(perBatch.size);
      acknowledged = perBatch.size;
    }
  });

  it('refuses a second process until the first one has ended', async () => {
    const { child } = startWriter(0);
    await once(child, 'message');
    await expect(openHere().open()).rejects.toMatchObject({
      code: 'VECTOR_STORE_IN_USE',
      message: expect.stringContaining(folder),
    });
    await kill(child);
    const store = openHere();
    await store.open();
    await store.close();
  }, 20_000);

  it('waits for a process that is just shutting down', async () => {
    const { child } = startWriter(0);
    await once(child, 'message');
    const store = openHere();
    const opening = store.open();
    await kill(child);
    await opening;
    await store.close();
  });

  it('reports a damaged file', async () => {
    const store = openHere();
    await store.open();
    await store.close();
    await writeFile(path.join(folder, 'vectors.db'), 'x'.repeat(50_000));
    await expect(openHere().open()).rejects.toMatchObject({
      code: 'VECTOR_STORE_UNAVAILABLE',
      message: expect.stringContaining(folder),
      dependency: VECTOR_STORE_DEPENDENCY,
    });
  });

  it('fails calls after it was closed', async () => {
    const store = openHere();
    await store.open();
    await store.close();
    const writing = store.upsertSightings([makeSighting('late', vectorAt(0, 64))]);
    await expect(writing).rejects.toMatchObject({ code: 'VECTOR_STORE_UNAVAILABLE' });
    await store.close();
  });

  it('finishes the calls in progress before it closes', async () => {
    const store = openHere();
    await store.open();
    const writing = Array.from({ length: 20 }, (_, i) =>
      store.upsertSightings([makeSighting(`${i}`, vectorAt(i, 64))]),
    );
    await Promise.all([...writing, store.close()]);
    await store.open();
    const { items } = await store.listSightings('acme', {}, { limit: 100 });
    expect(items).toHaveLength(20);
    await store.close();
  });

  it.each([
    ['expired sightings', (store) => store.deleteExpired('acme', { decidedBefore: LATER }, 1_000)],
    ['a person', (store) => store.forgetPerson('acme', 'ann')],
    ['a template', (store) => store.deleteTemplate('acme', makeTemplate('0', AXIS).id)],
  ] satisfies [string, (store: EmbeddedVectorStore) => Promise<unknown>][])(
    'overwrites deleted data on disk while it is open: deletion of %s',
    async (what, remove) => {
      const random = seededRandom(7);
      const vectors = Array.from({ length: 300 }, () => randomUnitVector(random, 64));
      const store = openHere();
      await store.open();
      const expires = what === 'expired sightings';
      await store.upsertSightings(
        vectors.map((vector, i) => makeSighting(`${i}`, expires ? vector : AXIS)),
      );
      const gone = what === 'a template' ? vectors.slice(0, 1) : vectors;
      await store.upsertTemplates(
        vectors.map((vector, i) => makeTemplate(`${i}`, expires ? AXIS : vector)),
      );
      await remove(store);
      const files = await Promise.all(
        ['vectors.db', 'vectors.db-wal'].map((name) => readFile(path.join(folder, name))),
      );
      const there = gone.filter((vector) =>
        files.some((file) => file.includes(Buffer.from(vector.buffer))),
      );
      expect(there).toHaveLength(0);
      await store.close();
    },
  );

  it('is readable only for its owner', async () => {
    const store = openHere();
    await store.open();
    await store.close();
    expect((await stat(folder)).mode & 0o077).toBe(0);
  });
});
