import sharp, { type OverlayOptions } from 'sharp';
import { type Box } from '#shared/contracts/image-ref.js';

/** A photograph with one face, and the position of the face. */
export interface Portrait {
  readonly photograph: Buffer;
  readonly width: number;
  readonly height: number;
  readonly face: Box;
}

interface Placed {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

export interface Scene {
  readonly picture: Buffer;
  readonly faces: readonly Box[];
}

const MARGIN = 4;

/**
 * A large grey picture with portraits laid side by side in rows, shrunk until their faces are
 * `faceHeight` pixels high.
 */
export async function layOut(
  portraits: readonly Portrait[],
  size: { width: number; height: number },
  faceHeight: number,
): Promise<Scene> {
  const layers: OverlayOptions[] = [];
  const faces: Box[] = [];
  let left = MARGIN;
  let top = MARGIN;
  let rowHeight = 0;
  for (const portrait of portraits) {
    const scale = faceHeight / portrait.face.height;
    const width = Math.round(portrait.width * scale);
    const height = Math.round(portrait.height * scale);
    if (left + width > size.width) {
      left = MARGIN;
      top += rowHeight + MARGIN;
      rowHeight = 0;
    }
    if (top + height > size.height) break;
    const place: Placed = { left, top, width, height };
    layers.push({ input: await shrink(portrait.photograph, place), left, top });
    faces.push(moved(portrait.face, place, scale));
    left += width + MARGIN;
    rowHeight = Math.max(rowHeight, height);
  }
  const background = { r: 110, g: 120, b: 115 };
  const picture = await sharp({ create: { ...size, channels: 3, background } })
    .composite(layers)
    .jpeg({ quality: 95 })
    .toBuffer();
  return { picture, faces };
}

async function shrink(photograph: Buffer, { width, height }: Placed): Promise<Buffer> {
  return sharp(photograph).resize(width, height, { fit: 'fill' }).png().toBuffer();
}

function moved({ x, y, width, height }: Box, place: Placed, scale: number): Box {
  return {
    x: place.left + x * scale,
    y: place.top + y * scale,
    width: width * scale,
    height: height * scale,
  };
}
