/** Checks an image file before any decoder reads it, and finds out what is to be decoded. */
import { foreignContent } from './foreign-content.js';
import { readStructure } from './file-structure.js';
import { type ImageFormat, sniffFormat } from './image-format.js';
import {
  checkBytes,
  checkStructure,
  imageError,
  MAX_METADATA_BYTES,
  MAX_METADATA_PARTS,
  type ImageLimits,
} from './image-limits.js';
import { type JpegStructure } from './jpeg-structure.js';
import { rawPreview } from './raw-preview.js';

/** A format that a decoder reads. Of RAW files the embedded JPEG is read. */
export type DecodedFormat = Exclude<ImageFormat, 'raw'>;

/** What is to be decoded. */
export interface CheckedImage {
  readonly format: DecodedFormat;
  /** The file; of a RAW file the embedded JPEG. A JPEG that ends too early gets an end marker. */
  readonly bytes: Buffer;
  readonly jpeg: JpegStructure | null;
}

/** Whether the file ends before the picture does. What there is of it is decoded. */
export function isIncomplete({ jpeg }: CheckedImage): boolean {
  return jpeg?.ending === 'unmarked' || jpeg?.ending === 'last-interval';
}

const JPEG_END = Buffer.from([0xff, 0xd9]);

/**
 * @throws PipelineError IMAGE_EMPTY, IMAGE_FORMAT_UNSUPPORTED, IMAGE_TOO_LARGE, IMAGE_TOO_MANY_FRAMES,
 *   IMAGE_TOO_MANY_SCANS, IMAGE_METADATA_TOO_LARGE, IMAGE_POLYGLOT, IMAGE_PREVIEW_MISSING or IMAGE_TRUNCATED
 */
export function inspectImage(file: Buffer, limits: ImageLimits): CheckedImage {
  checkBytes(file.length, limits);
  const format = sniffFormat(file);
  if (!format) {
    throw imageError(
      'IMAGE_FORMAT_UNSUPPORTED',
      'the content is not JPEG, PNG, WebP, AVIF, HEIF, GIF, TIFF, BMP, JPEG XL, JPEG 2000 or camera RAW; convert it to one of these formats',
    );
  }
  const structure = checkedStructure(file, format, limits);
  const foreign = foreignContent(file, structure.end);
  if (foreign) {
    throw imageError(
      'IMAGE_POLYGLOT',
      `the file is a picture and ${foreign} at the same time; save the picture again without the other content`,
    );
  }
  if (format === 'raw') return previewOf(file, limits);
  return { format, bytes: ended(file, structure.jpeg), jpeg: structure.jpeg ?? null };
}

function checkedStructure(bytes: Buffer, format: ImageFormat, limits: ImageLimits) {
  const structure = readStructure(bytes, format, {
    maxFrames: limits.maxFrames,
    maxParts: MAX_METADATA_PARTS,
    maxMetadataBytes: MAX_METADATA_BYTES,
  });
  checkStructure(structure, limits);
  return structure;
}

function previewOf(file: Buffer, limits: ImageLimits): CheckedImage {
  const preview = rawPreview(file);
  if (!preview) {
    throw imageError(
      'IMAGE_PREVIEW_MISSING',
      'the RAW file has no embedded JPEG of at least 640 pixels; export it as JPEG, or as DNG with a full-size preview',
    );
  }
  const { jpeg } = checkedStructure(preview, 'jpeg', limits);
  return { format: 'jpeg', bytes: ended(preview, jpeg), jpeg: jpeg ?? null };
}

/** @throws PipelineError IMAGE_TRUNCATED */
function ended(bytes: Buffer, jpeg: JpegStructure | undefined): Buffer {
  switch (jpeg?.ending) {
    case 'cut':
      throw imageError('IMAGE_TRUNCATED', 'the file ends before the end of the picture');
    case 'unmarked':
    case 'last-interval':
      return Buffer.concat([bytes, JPEG_END]);
    default:
      return bytes;
  }
}
