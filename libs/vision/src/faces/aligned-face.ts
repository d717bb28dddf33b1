import { type EmbeddingManifest } from '#models/packs/manifest.js';
import { type Region } from '../detection/boxes.js';
import { type LocatedFace, networkItem } from '../detection/face-detector.js';
import { enlargeBox } from '../detection/landmarks.js';
import { type DecodedImage } from '../imaging/image-decoder.js';
import { inputLength } from '../inference/fill-input.js';
import { sampleItem } from '../inference/network-runner.js';
import { alignFace } from './align-face.js';

/** A face as the embedding network gets it. */
export interface AlignedFace {
  /** Pixels of the upright picture. */
  readonly box: Region;
  /** The aligned crop, normalised, in the layout that the manifest's input gives. */
  readonly input: Float32Array;
}

export interface AlignedFaces {
  /** Pixels of the upright picture. */
  readonly width: number;
  readonly height: number;
  /** From left to right; without those whose landmarks cannot be aligned. */
  readonly faces: readonly AlignedFace[];
}

/**
 * @param memory the pixel arena that the image lies in
 * @returns null when the landmarks cannot be aligned
 */
export function alignedFace(
  image: DecodedImage,
  { box, landmarks }: LocatedFace,
  memory: SharedArrayBuffer,
  { input, alignment }: EmbeddingManifest,
): AlignedFace | null {
  const map = alignFace(landmarks, alignment);
  if (!map) return null;
  const pixels = new Float32Array(input.width * input.height * 3);
  const target = new Float32Array(inputLength(input));
  sampleItem(networkItem(image, map, input), memory, input, pixels, target);
  return { box: enlargeBox(box, image, image.original), input: target };
}
