import { describe, expect, it } from '@jest/globals';
import { isImageName, whyNotAnImage } from './object-names.js';

describe('isImageName', () => {
  it.each(['a.jpg', 'a/b/IMG 1.JPEG', 'x.y.png', 'a#b%20.WebP', 'line\nbreak.avif', 'q.heic'])(
    'accepts %j as an image',
    (key) => expect(isImageName(key)).toBe(true),
  );

  it.each(['notes.txt', 'jpg', '.jpg', 'folder.jpg/', 'a.jpg.xmp', '._a.jpg', 'dir/._a.jpg', ''])(
    'does not accept %j as an image',
    (key) => expect(isImageName(key)).toBe(false),
  );
});

describe('whyNotAnImage', () => {
  it.each([
    ['a.jpg', null],
    ['film.MP4', 'video'],
    ['2024/DSC_0001.NEF', null],
    ['2024/SDIM0001.X3F', 'raw'],
    ['a/b.tar.gz', 'archive'],
    ['album.ZIP', 'archive'],
    ['notes.txt', 'not-an-image'],
    ['.zip', 'not-an-image'],
    ['folder.zip/readme', 'not-an-image'],
    ['no extension', 'not-an-image'],
  ])('finds the kind of %j', (key, reason) => expect(whyNotAnImage(key)).toBe(reason));
});
