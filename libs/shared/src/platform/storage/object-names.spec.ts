import { describe, expect, it } from '@jest/globals';
import { isImageName } from './object-names.js';

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
