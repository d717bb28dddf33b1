/** Alignment templates: where the five points of a face lie in the input of an embedding network. */
import { createHash } from 'node:crypto';
import { usageError } from '#shared/contracts/pipeline-error.js';
import { type EmbeddingManifest } from './manifest.js';

type Alignment = EmbeddingManifest['alignment'];

type Points = Alignment['points'];

type Point = Points[number];

/** The ArcFace crop, 112 × 112 (insightface, face_align.py). */
export const arcface112: Alignment = {
  template: 'arcface-112',
  points: [
    [38.2946, 51.6963],
    [73.5318, 51.5014],
    [56.0252, 71.7366],
    [41.5493, 92.3655],
    [70.7299, 92.2041],
  ],
};

/**
 * The FaceNet crop, 160 × 160, chosen by measurement (docs/decisions/008): the points of the ArcFace
 * crop, scaled to an eye distance of 42 pixels, the eyes 18 pixels above the middle, then stretched
 * horizontally by 1.2. FaceNet was trained on tall boxes that were stretched to squares
 * (davidsandberg/facenet, src/align/align_dataset_mtcnn.py).
 */
export const facenet160: Alignment = {
  template: 'facenet-160',
  ...cropPoints(arcface112.points, {
    size: 160,
    eyeDistance: 42,
    eyesAboveMiddle: 18,
    stretch: 1.2,
  }),
};

const TEMPLATES = [
  { ...arcface112, size: 112 },
  { ...facenet160, size: 160 },
];

/**
 * Parses an alignment: the name of a template, which is scaled to the input size, or five points
 * `x,y x,y x,y x,y x,y` in pixels of the input (left eye, right eye, nose tip, left and right mouth
 * corner; left and right as the viewer sees them).
 * @param size side of the input, pixels
 * @throws PipelineError ALIGNMENT_INVALID
 */
export function parseAlignment(text: string, size: number): Alignment {
  const named = TEMPLATES.find(({ template }) => template === text);
  if (named) return scaledToSize(named, size);
  const points = parsePoints(text, size);
  const digest = createHash('sha256').update(JSON.stringify(points)).digest('hex');
  return { template: `points-${digest.slice(0, 8)}`, points };
}

function scaledToSize(
  { size: from, ...alignment }: (typeof TEMPLATES)[number],
  size: number,
): Alignment {
  if (size === from) return alignment;
  const { template, points } = alignment;
  const scale = size / from;
  // Pixels are counted by their centres: (0, 0) is the middle of the first.
  const place = (value: number) => Math.round(((value + 0.5) * scale - 0.5) * 100) / 100;
  const all = points.map(([x, y]): Point => [place(x), place(y)]);
  return {
    ...alignment,
    template: template.replace(String(from), String(size)),
    points: fivePoints(all)!,
  };
}

function parsePoints(text: string, size: number): Points {
  const numbers = text
    .trim()
    .split(/[\s,]+/)
    .map(Number);
  const pairs = numbers.flatMap((x, index): Point[] =>
    index % 2 === 0 ? [[x, numbers[index + 1] ?? NaN]] : [],
  );
  const points = fivePoints(pairs);
  const isInside = (value: number) => value >= 0 && value < size;
  if (points && points.flat().every(isInside) && isFace(points)) return points;
  throw usageError(
    'ALIGNMENT_INVALID',
    `--alignment must be ${TEMPLATES.map(({ template }) => template).join(', ')}, or the positions of left eye, right eye, nose tip, left and right mouth corner in pixels from 0 to ${size - 1}: "x,y x,y x,y x,y x,y"; got: ${text}`,
  );
}

function fivePoints(points: readonly Point[]): Points | null {
  const [leftEye, rightEye, nose, leftMouth, rightMouth, ...more] = points;
  if (!leftEye || !rightEye || !nose || !leftMouth || !rightMouth || more.length > 0) return null;
  return [leftEye, rightEye, nose, leftMouth, rightMouth];
}

/** Whether the points are in the right order: left before right, eyes above the mouth. */
function isFace([leftEye, rightEye, , leftMouth, rightMouth]: Points): boolean {
  const isOrdered = leftEye[0] < rightEye[0] && leftMouth[0] < rightMouth[0];
  return isOrdered && Math.max(leftEye[1], rightEye[1]) < Math.min(leftMouth[1], rightMouth[1]);
}

function cropPoints(
  points: Points,
  crop: {
    readonly size: number;
    /** Before stretching, pixels. */
    readonly eyeDistance: number;
    readonly eyesAboveMiddle: number;
    readonly stretch: number;
  },
): Pick<Alignment, 'points' | 'stretch'> {
  const [[leftX, leftY], [rightX, rightY]] = points;
  const scale = crop.eyeDistance / Math.hypot(rightX - leftX, rightY - leftY);
  // Pixels are counted by their centres: (0, 0) is the middle of the first.
  const middle = (crop.size - 1) / 2;
  const place = ([x, y]: Point): Point => [
    round(middle + (x - (leftX + rightX) / 2) * scale * crop.stretch),
    round(middle - crop.eyesAboveMiddle + (y - (leftY + rightY) / 2) * scale),
  ];
  const [left, right, nose, leftMouth, rightMouth] = points;
  return {
    points: [place(left), place(right), place(nose), place(leftMouth), place(rightMouth)],
    stretch: crop.stretch,
  };
}

/** To 0.01 pixels. */
function round(value: number): number {
  return Math.round(value * 100) / 100;
}
