import { z } from 'zod';

/** Name of a camera; also a folder's name in the uploads store. */
export const cameraIdSchema = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9 ._:@-]{0,127}$/, {
  message: 'a camera id is 1 to 128 letters, digits, blanks and . _ : @ -, a letter or digit first',
});
