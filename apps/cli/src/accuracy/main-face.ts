import { type Box } from '#shared/contracts/image-ref.js';

/**
 * The face that a photograph is labelled with when it shows several: the one nearest the centre, a larger
 * one before a smaller one as near (the convention of Labeled Faces in the Wild).
 * @param picture its size in pixels, as the boxes
 */
export function mainFace<Face extends { readonly box: Box }>(
  faces: readonly Face[],
  picture: { readonly width: number; readonly height: number },
): Face | null {
  const offCentre = ({ box: { x, y, width, height } }: Face) =>
    Math.hypot(x + (width - picture.width) / 2, y + (height - picture.height) / 2) - width / 2;
  return faces.toSorted((a, b) => offCentre(a) - offCentre(b))[0] ?? null;
}
