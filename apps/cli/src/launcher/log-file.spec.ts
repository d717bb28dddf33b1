import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, stat, symlink, unlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Readable } from 'node:stream';
import { LogFile } from './log-file.js';

describe('LogFile', () => {
  let folder: string;
  let file: string;

  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'sightline-log-'));
    file = path.join(folder, 'toy.log');
  });

  afterEach(() => rm(folder, { recursive: true }));

  async function collect(log: LogFile, lines: readonly string[]): Promise<void> {
    const output = Readable.from(lines.map((line) => Buffer.from(`${line}\n`)));
    log.collect(output);
    await once(output, 'end');
  }

  it('starts another file at its size while the process runs, and keeps three old ones', async () => {
    const lines = Array.from({ length: 1_000 }, (_, n) => `line ${n} ${'x'.repeat(90)}`);
    await collect(new LogFile(file, { maxBytes: 10_000 }), lines);
    const files = await readdir(folder);
    expect(files.sort()).toEqual(['toy.log', 'toy.log.1', 'toy.log.2', 'toy.log.3']);
    for (const name of files) {
      expect((await stat(path.join(folder, name))).size).toBeLessThanOrEqual(10_000);
    }
    const texts = await Promise.all(
      ['toy.log.3', 'toy.log.2', 'toy.log.1', 'toy.log'].map((name) =>
        readFile(path.join(folder, name), 'utf8'),
      ),
    );
    const kept = texts.join('').trimEnd().split('\n');
    expect(kept).toEqual(lines.slice(-kept.length));
    expect(kept.length).toBeGreaterThan(290);
  });

  it('appends to the file of an earlier run, and shows only the last lines of this one', async () => {
    await collect(new LogFile(file), ['earlier']);
    const log = new LogFile(file);
    await collect(log, ['one', 'two']);
    expect(await readFile(file, 'utf8')).toBe('earlier\none\ntwo\n');
    expect(log.tail()).toBe('one\ntwo');
    log.beginRun();
    expect(log.tail()).toBe('');
  });

  it('says once that the disk is full, and goes on when there is room again', async () => {
    await symlink('/dev/full', file);
    const messages: string[] = [];
    const log = new LogFile(file, { report: (message) => messages.push(message) });
    await collect(log, ['one', 'two']);
    expect(messages).toEqual([expect.stringMatching(/cannot write .*toy.log.*ENOSPC/)]);
    expect(log.tail()).toBe('one\ntwo');
    await unlink(file);
    await collect(log, ['three']);
    expect(await readFile(file, 'utf8')).toBe('(8 bytes were lost)\nthree\n');
  });
});
