import { type Metadata } from 'sharp';
import { PipelineError } from '#shared/contracts/pipeline-error.js';
import { type FileStructure } from './file-structure.js';
import { type Size } from './geometry.js';

export interface ImageLimits {
  /** Largest file, bytes. */
  readonly maxBytes: number;
  /** Largest picture, pixels: checked on the header, before anything is decoded. */
  readonly maxPixels: number;
  /** Most frames or pages of a file; the first is looked at. */
  readonly maxFrames: number;
  /** Longest side that detection and alignment work on; larger pictures are shrunk while decoding. */
  readonly workingSide: number;
}

/** Longest side, pixels: as long as a JPEG can be. What is longer within the pixel limit is a thread. */
const MAX_SIDE = 65_535;
/** Phones put depth maps and a second photograph of some megabytes into the metadata. */
const MAX_METADATA_BYTES = 32 * 1024 ** 2;
/** As many segments as a JPEG needs for that many bytes. */
export const MAX_METADATA_PARTS = 512;

/** @throws PipelineError IMAGE_EMPTY or IMAGE_TOO_LARGE */
export function checkBytes(bytes: number, limits: ImageLimits): void {
  if (bytes === 0) throw imageError('IMAGE_EMPTY', 'the file is empty');
  if (bytes > limits.maxBytes) {
    throw imageError(
      'IMAGE_TOO_LARGE',
      `the file has ${bytes} bytes, the limit is ${limits.maxBytes} (MAX_IMAGE_BYTES)`,
    );
  }
}

/** @throws PipelineError IMAGE_TOO_MANY_FRAMES or IMAGE_METADATA_TOO_LARGE */
export function checkStructure(structure: FileStructure, limits: ImageLimits): void {
  if (structure.frames > limits.maxFrames) {
    throw imageError(
      'IMAGE_TOO_MANY_FRAMES',
      `the file has more than ${limits.maxFrames} frames or pages (MAX_IMAGE_FRAMES); extract the pictures that matter`,
    );
  }
  const { metadataBytes, metadataParts } = structure;
  if (metadataBytes <= MAX_METADATA_BYTES && metadataParts <= MAX_METADATA_PARTS) return;
  throw imageError(
    'IMAGE_METADATA_TOO_LARGE',
    `the file has more than ${MAX_METADATA_BYTES >> 20} MiB or ${MAX_METADATA_PARTS} parts of metadata; save it without`,
  );
}

/** @throws PipelineError IMAGE_TOO_LARGE */
export function checkPixels(width: number, height: number, limits: ImageLimits): void {
  const says = `the picture is ${width} × ${height} pixels, the limit is`;
  if (width * height > limits.maxPixels) {
    throw imageError('IMAGE_TOO_LARGE', `${says} ${limits.maxPixels} pixels (MAX_IMAGE_PIXELS)`);
  }
  if (Math.max(width, height) > MAX_SIDE) {
    throw imageError('IMAGE_TOO_LARGE', `${says} ${MAX_SIDE} a side`);
  }
}

/** Size to decode to: the picture's own, or shrunk so that its longer side is `workingSide`. */
export function workingSize(width: number, height: number, workingSide: number): Size {
  const scale = Math.min(1, workingSide / Math.max(width, height));
  return {
    width: Math.max(1, Math.round(width * scale)),
    height: Math.max(1, Math.round(height * scale)),
  };
}

/** As measured of pictures of 64 megapixels: planes, colour conversion and alpha side by side. */
const AVIF_BYTES = 18;
/** All of a screen, with alpha. */
const GIF_BYTES = 5;
/** Rows of pixels as they are handed on, were none of it streamed. */
const STREAMED_BYTES = 3;

/** Bytes a pixel that decoding a file holds at most. What is not stored row by row is held as a whole. */
export function decodeBytesPerPixel(metadata: Metadata): number {
  const { format, channels, depth, isProgressive } = metadata;
  if (format === 'heif') return AVIF_BYTES;
  if (format === 'gif') return GIF_BYTES;
  if (!isProgressive) return STREAMED_BYTES;
  // A progressive JPEG's coefficients have two bytes, an interlaced PNG's samples as many as they have.
  const sampleBytes = format === 'jpeg' || depth === 'ushort' ? 2 : 1;
  return Math.max(STREAMED_BYTES, channels * sampleBytes + 1);
}

type ImageErrorCode =
  | 'IMAGE_EMPTY'
  | 'IMAGE_FORMAT_UNSUPPORTED'
  | 'IMAGE_TOO_LARGE'
  | 'IMAGE_TOO_MANY_FRAMES'
  | 'IMAGE_METADATA_TOO_LARGE'
  | 'IMAGE_POLYGLOT'
  | 'IMAGE_TRUNCATED'
  | 'IMAGE_DAMAGED';

/** A file that can never be decoded: refused, and for an API caller an error of theirs. */
export function imageError(code: ImageErrorCode, message: string, cause?: unknown): PipelineError {
  return new PipelineError(code, message, {
    stage: 'decode',
    class: 'quarantine',
    httpStatus: code === 'IMAGE_TOO_LARGE' ? 413 : 422,
    cause,
  });
}
