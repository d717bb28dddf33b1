import { describe, expect, it } from '@jest/globals';
import { ingestConfigSchema } from '../ingest.config.js';
import { IgnoredNames, parseIgnored } from './ignored-names.js';

const { IGNORE: byDefault } = ingestConfigSchema.parse({
  REDIS_URL: 'redis://unused',
  STORES: 'uploads=file:///unused',
});

describe('IgnoredNames', () => {
  it.each([
    '.hidden.jpg',
    '._a.jpg',
    'a/.thumbnails/b.jpg',
    'a/@eaDir/b.jpg/SYNOPHOTO_THUMB_M.jpg',
    '#recycle/a.jpg',
    'Thumbs.db',
    'a/THUMBS.DB',
    'desktop.ini',
    '$RECYCLE.BIN/a.jpg',
    'System Volume Information/a.jpg',
    'lost+found/a.jpg',
    '__MACOSX/a.jpg',
  ])('has %j by default', (key) => {
    expect(new IgnoredNames(byDefault).has(key, '')).toBe(true);
  });

  it.each(['a.jpg', 'a/b.c/d.jpg', 'recycle/a.jpg', 'eaDir/a.jpg', 'a/thumbs.jpg', 'x.y.jpg'])(
    'does not have %j by default',
    (key) => expect(new IgnoredNames(byDefault).has(key, '')).toBe(false),
  );

  it('compares a pattern with a slash with the path from the root, and what is below it', () => {
    const ignored = new IgnoredNames(['old/*/scans', '**/copies/*.png']);
    expect(ignored.has('old/2001/scans/a.jpg', '')).toBe(true);
    expect(ignored.has('new/old/2001/scans/a.jpg', '')).toBe(false);
    expect(ignored.has('a/b/copies/c.png', '')).toBe(true);
    expect(ignored.has('a/b/copies/c.jpg', '')).toBe(false);
  });

  it('takes a folder that the import asks for', () => {
    const ignored = new IgnoredNames(byDefault);
    expect(ignored.has('.camera/a.jpg', '.camera/')).toBe(false);
    expect(ignored.has('.camera/.trash/a.jpg', '.camera/')).toBe(true);
    expect(ignored.has('.camera/a.jpg', '.cam')).toBe(true);
  });
});

describe('parseIgnored', () => {
  it('splits at commas', () => {
    expect(parseIgnored(' .*, System Volume Information ,,a/*.png')).toEqual([
      '.*',
      'System Volume Information',
      'a/*.png',
    ]);
  });

  it('ignores nothing when it is told so', () => {
    expect(new IgnoredNames(parseIgnored('none')).has('.hidden/Thumbs.db', '')).toBe(false);
  });
});
