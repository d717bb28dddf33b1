import sharp from 'sharp';

/**
 * Sets libvips up once per process: only the loaders of the formats that are decoded, only from
 * memory (no file a crafted image could name), no operation cache (memory stays flat), and one
 * thread an image, since many are decoded at once.
 */
export function harden(): void {
  sharp.cache(false);
  sharp.concurrency(1);
  sharp.block({ operation: ['VipsForeignLoad'] });
  sharp.unblock({
    operation: [
      'VipsForeignLoadJpegBuffer',
      'VipsForeignLoadPngBuffer',
      'VipsForeignLoadWebpBuffer',
      'VipsForeignLoadNsgifBuffer',
      'VipsForeignLoadTiffBuffer',
      'VipsForeignLoadHeifBuffer',
    ],
  });
}
