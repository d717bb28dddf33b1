import { type EmbeddingManifest, type NetworkInput } from '#models/packs/manifest.js';
import { alignFace, type FivePoints } from '#vision/faces/align-face.js';
import {
  type AffineMap,
  ontoRectangle,
  type Point,
  type Region,
} from '#vision/imaging/geometry.js';

/** The input for a crop, in pixels of the picture. */
export interface FaceInPicture {
  readonly box: Region;
  readonly landmarks: FivePoints;
  /** Output of the landmark network for a square as high as the box. */
  readonly landmarksOfSquare: FivePoints;
}

/** A way to cut a face out for an embedding network. */
export interface Crop {
  readonly name: string;
  /** Maps crop pixels to picture pixels; null if the landmarks cannot be those of a face. */
  readonly mapOf: (face: FaceInPicture) => AffineMap | null;
}

type Move = (point: Point) => Point;

const SCALES = [0.9, 1.1];
/** Share of the crop's height. */
const SHIFT = 0.04;
const STRETCH = 1.2;
const SQUARES = [1, 1.15, 1.3, 1.5];
const PULLED = [1.15, 1.3];

/** The pack's own crop and the alternatives. */
export function cropsFor({ input, alignment }: Pick<EmbeddingManifest, 'input' | 'alignment'>) {
  const { points, stretch = 1 } = alignment;
  const [middleX, middleY] = [(input.width - 1) / 2, (input.height - 1) / 2];
  const scale = (x: number, y = x): Move => {
    return ([px, py]) => [middleX + (px - middleX) * x, middleY + (py - middleY) * y];
  };
  const down = (share: number): Move => {
    return ([x, y]) => [x, y + share * input.height];
  };
  const moved = (name: string, move: Move, wider = 1): Crop => ({
    name,
    mapOf: ({ landmarks }) =>
      alignFace(landmarks, { points: points.map(move), stretch: stretch * wider }),
  });
  const unstretched = scale(1 / stretch, 1);
  const own = moved('five points, as the pack says', scale(1));
  const others: readonly Crop[] = [
    {
      name: 'landmarks of a square as high as the box',
      mapOf: ({ landmarksOfSquare }) => alignFace(landmarksOfSquare, alignment),
    },
    ...SCALES.map((factor) => moved(`drawn ${factor} times as large`, scale(factor))),
    moved('drawn higher by 4 % of the crop', down(-SHIFT)),
    moved('drawn lower by 4 % of the crop', down(SHIFT)),
    ...(stretch === 1
      ? [moved(`drawn ${STRETCH} times as wide`, scale(STRETCH, 1), STRETCH)]
      : [
          moved('drawn as wide as it is', unstretched, 1 / stretch),
          moved(
            'drawn as wide as it is, lower by 4 %',
            (point) => down(SHIFT)(unstretched(point)),
            1 / stretch,
          ),
        ]),
    {
      name: 'the eyes alone',
      mapOf: ({ landmarks }) => alignFace(eyesOf(landmarks), { points: eyesOf(points), stretch }),
    },
    ...SQUARES.map((factor) =>
      boxCrop(`box as a square, × ${factor}`, input, ({ width, height }) => {
        const side = Math.max(width, height) * factor;
        return { width: side, height: side };
      }),
    ),
    ...PULLED.map((factor) =>
      boxCrop(`box pulled to a square, × ${factor}`, input, ({ width, height }) => {
        return { width: width * factor, height: height * factor };
      }),
    ),
  ];
  return { own, others };
}

/** The mirror image of a crop. */
export function mirrored(map: AffineMap, { width }: NetworkInput): AffineMap {
  return {
    ...map,
    a: -map.a,
    tx: map.tx + map.a * width,
    c: -map.c,
    ty: map.ty + map.c * width,
  };
}

/** Five points that depend only on the eyes. */
function eyesOf([left, right]: FivePoints): FivePoints {
  const middle: Point = [(left[0] + right[0]) / 2, (left[1] + right[1]) / 2];
  return [left, right, middle, left, right];
}

/** A rectangle around the centre of the detector's box. */
function boxCrop(
  name: string,
  input: NetworkInput,
  sizeOf: (box: Region) => { readonly width: number; readonly height: number },
): Crop {
  return {
    name,
    mapOf: ({ box }) => {
      const { width, height } = sizeOf(box);
      const x = box.x + (box.width - width) / 2;
      const y = box.y + (box.height - height) / 2;
      return ontoRectangle(input, { x, y, width, height });
    },
  };
}
