/**
 * Limits that keep a single file from using too much memory or time, and the errors for files that
 * exceed them.
 */
import { type Metadata } from 'sharp';
import { PipelineError } from '#shared/contracts/pipeline-error.js';
import { type FileStructure } from './file-structure.js';
import { type Size } from './geometry.js';
import { type JpegStructure } from './jpeg-structure.js';

export interface ImageLimits {
  /** Maximum size of a file, bytes. */
  readonly maxBytes: number;
  /** Maximum number of pixels that are decoded. */
  readonly maxPixels: number;
  /** Maximum number of pixels times scans of a JPEG file, which is what decoding a progressive one costs. */
  readonly maxPixelScans: number;
  /** Maximum number of frames or pages of a file. Only the first is processed. */
  readonly maxFrames: number;
  /** Longest side for detection and alignment, pixels. Larger pictures are shrunk while decoding. */
  readonly workingSide: number;
}

/** Maximum side, pixels: the maximum of JPEG. Within the pixel limit, anything longer is only a thin strip. */
const MAX_SIDE = 65_535;
/** Phones store depth maps and a second photograph of several megabytes in the metadata. */
export const MAX_METADATA_BYTES = 32 * 1024 ** 2;
/** Editors write a thousand texts and hundreds of segments of content credentials. */
export const MAX_METADATA_PARTS = 4_096;
/** A progressive photograph has about 10 scans; 97 is the most that was seen. Tables of a scan cost time as well. */
const MAX_SCANS = 1_000;

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

/** @throws PipelineError IMAGE_TOO_MANY_FRAMES, IMAGE_TOO_MANY_SCANS or IMAGE_METADATA_TOO_LARGE */
export function checkStructure(structure: FileStructure, limits: ImageLimits): void {
  if (structure.frames > limits.maxFrames) {
    throw imageError(
      'IMAGE_TOO_MANY_FRAMES',
      `the file has more than ${limits.maxFrames} frames or pages (MAX_IMAGE_FRAMES); extract the pictures that you need`,
    );
  }
  const { metadataBytes, metadataParts, jpeg } = structure;
  if (jpeg) checkScans(jpeg, limits);
  if (metadataBytes <= MAX_METADATA_BYTES && metadataParts <= MAX_METADATA_PARTS) return;
  throw imageError(
    'IMAGE_METADATA_TOO_LARGE',
    `the file has more than ${MAX_METADATA_BYTES >> 20} MiB or ${MAX_METADATA_PARTS} parts of metadata; save it without metadata`,
  );
}

function checkScans({ width, height, scans }: JpegStructure, limits: ImageLimits): void {
  if (scans <= MAX_SCANS && width * height * scans <= limits.maxPixelScans) return;
  throw imageError(
    'IMAGE_TOO_MANY_SCANS',
    `the JPEG has ${scans} scans of ${width} × ${height} pixels; the limits are ${MAX_SCANS} scans and ${limits.maxPixelScans} pixels times scans (MAX_IMAGE_PIXEL_SCANS); save it again as a baseline JPEG`,
  );
}

/** Factors by which a JPEG decoder can shrink a picture while it decodes. */
const SHRINKING = [8, 4, 2];

/**
 * Number of pixels that are decoded of a picture that is shrunk to its working size.
 * @param isShrunk whether the decoder shrinks it while it decodes; otherwise it decodes all pixels first
 */
export function decodedPixels({ width, height }: Size, working: Size, isShrunk: boolean): number {
  const scale = Math.min(width / working.width, height / working.height);
  const factor = isShrunk ? (SHRINKING.find((by) => by <= scale) ?? 1) : 1;
  return (width * height) / factor ** 2;
}

/**
 * @param decoded number of pixels that are decoded
 * @throws PipelineError IMAGE_TOO_LARGE
 */
export function checkPixels({ width, height }: Size, decoded: number, limits: ImageLimits): void {
  const message = `the picture is ${width} × ${height} pixels, the limit is`;
  if (decoded > limits.maxPixels) {
    throw imageError(
      'IMAGE_TOO_LARGE',
      `${message} ${limits.maxPixels} decoded pixels (MAX_IMAGE_PIXELS); save it smaller, or as a baseline JPEG, which is shrunk while it is decoded`,
    );
  }
  if (Math.max(width, height) > MAX_SIDE) {
    throw imageError('IMAGE_TOO_LARGE', `${message} ${MAX_SIDE} pixels per side`);
  }
}

/** Size to decode to: the size of the picture, or smaller so that its longer side is `workingSide`. */
export function workingSize(width: number, height: number, workingSide: number): Size {
  const scale = Math.min(1, workingSide / Math.max(width, height));
  return {
    width: Math.max(1, Math.round(width * scale)),
    height: Math.max(1, Math.round(height * scale)),
  };
}

/** Bytes per pixel, measured on pictures of 64 megapixels: planes, colour conversion and alpha together. */
const AVIF_BYTES = 18;
/** Bytes per pixel: the whole screen, with alpha. */
const GIF_BYTES = 5;
/** Bytes per pixel of the output. An upper bound, because rows are streamed. */
const STREAMED_BYTES = 3;

/** Upper bound of the memory for decoding, bytes per pixel. Formats that are not stored row by row are held whole. */
export function decodeBytesPerPixel(metadata: Metadata): number {
  const { format, channels, depth, isProgressive } = metadata;
  if (format === 'heif') return AVIF_BYTES;
  if (format === 'gif') return GIF_BYTES;
  if (!isProgressive) return STREAMED_BYTES;
  // Coefficients of a progressive JPEG have two bytes; samples of an interlaced PNG have one or two.
  const sampleBytes = format === 'jpeg' || depth === 'ushort' ? 2 : 1;
  return Math.max(STREAMED_BYTES, channels * sampleBytes + 1);
}

export type ImageErrorCode =
  | 'IMAGE_EMPTY'
  | 'IMAGE_FORMAT_UNSUPPORTED'
  | 'IMAGE_TOO_LARGE'
  | 'IMAGE_TOO_MANY_FRAMES'
  | 'IMAGE_TOO_MANY_SCANS'
  | 'IMAGE_TOO_SLOW'
  | 'IMAGE_PREVIEW_MISSING'
  | 'IMAGE_METADATA_TOO_LARGE'
  | 'IMAGE_POLYGLOT'
  | 'IMAGE_TRUNCATED'
  | 'IMAGE_DAMAGED';

/** An error for a file that can never be decoded: quarantine, and HTTP 4xx for an API client. */
export function imageError(code: ImageErrorCode, message: string, cause?: unknown): PipelineError {
  return new PipelineError(code, message, {
    stage: 'decode',
    class: 'quarantine',
    httpStatus: code === 'IMAGE_TOO_LARGE' ? 413 : 422,
    cause,
  });
}
