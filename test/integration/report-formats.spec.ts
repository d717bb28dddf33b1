import { expect, it } from '@jest/globals';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import sharp from 'sharp';
import { type ObjectStore } from '#shared/platform/storage/object-store.port.js';
import { Thumbnails } from '../../apps/cli/src/report/thumbnails.js';
import { rawFiles } from '../support/raw-files.js';
import { DIST } from '../support/start-app.js';

const SIZE = { width: 640, height: 320 };
const FILES = path.join(DIST, '../test/support/files');

it('shows faces of HEIC, RAW and incomplete files at their places', async () => {
  const heic = await readFile(path.join(FILES, 'turned.heic'));
  const create = { ...SIZE, channels: 3, background: 'red' } as const;
  const blue = { width: 320, height: 320, channels: 3, background: 'blue' } as const;
  const upright = sharp({ create }).composite([{ input: { create: blue }, left: 320, top: 0 }]);
  const jpeg = await upright.jpeg().toBuffer();
  const stored = await sharp(await upright.png().toBuffer())
    .rotate(270)
    .jpeg()
    .toBuffer();
  const files = [
    { name: 'turned.heic', bytes: heic },
    { name: 'cut.jpg', bytes: jpeg.subarray(0, -2) },
    ...rawFiles(stored, 6),
  ];
  for (const { name, bytes } of files) {
    const store = { get: () => Promise.resolve(bytes) } as unknown as ObjectStore;
    const box = { x: 500, y: 200, width: 60, height: 60 };
    const thumbnail = await new Thumbnails(store).face({ key: name, ...SIZE }, box, 32);
    const uri = 'uri' in thumbnail ? thumbnail.uri : thumbnail.problem;
    const shown = Buffer.from(uri.slice(uri.indexOf(',') + 1), 'base64');
    const { dominant } = await sharp(shown).stats();
    expect({ name, blue: dominant.b > 180 && dominant.r < 80 }).toEqual({ name, blue: true });
  }
}, 60_000);
