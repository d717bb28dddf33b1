import { imageError } from './image-error.js';

export interface ImageLimits {
  /** Largest file, bytes. */
  readonly maxBytes: number;
  /** Largest picture, pixels: checked on the header, before anything is decoded. */
  readonly maxPixels: number;
  /** Longest side that detection and alignment work on; larger pictures are shrunk while decoding. */
  readonly workingSide: number;
}

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

/** @throws PipelineError IMAGE_TOO_LARGE */
export function checkPixels(width: number, height: number, limits: ImageLimits): void {
  if (width * height <= limits.maxPixels) return;
  throw imageError(
    'IMAGE_TOO_LARGE',
    `the picture is ${width} × ${height} pixels, the limit is ${limits.maxPixels} pixels (MAX_IMAGE_PIXELS)`,
  );
}

/** Size to decode to: the picture's own, or shrunk so that its longer side is `workingSide`. */
export function workingSize(
  width: number,
  height: number,
  workingSide: number,
): { width: number; height: number } {
  const scale = Math.min(1, workingSide / Math.max(width, height));
  return {
    width: Math.max(1, Math.round(width * scale)),
    height: Math.max(1, Math.round(height * scale)),
  };
}
