/**
 * Extensions of pictures, also of formats that the embedder may refuse: an image that cannot be read
 * is told apart from a file that is none.
 */
const IMAGE_EXTENSIONS = new Set([
  ...['jpg', 'jpeg', 'jpe', 'jfif', 'png', 'webp', 'avif', 'gif', 'tif', 'tiff'],
  ...['heic', 'heif', 'bmp', 'jxl', 'jp2'],
]);

/** Whether a key names an image, by its extension in any case. */
export function isImageName(key: string): boolean {
  const name = key.slice(key.lastIndexOf('/') + 1);
  // macOS writes a file of attributes beside each file on foreign disks: `._photo.jpg`.
  if (name.startsWith('._')) return false;
  const dot = name.lastIndexOf('.');
  return dot > 0 && IMAGE_EXTENSIONS.has(name.slice(dot + 1).toLowerCase());
}
