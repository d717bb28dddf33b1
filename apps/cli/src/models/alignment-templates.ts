import { type EmbeddingManifest } from '#shared/models/manifest.js';

type AlignmentTemplate = EmbeddingManifest['alignment'];
type Point = AlignmentTemplate['points'][number];

/** The ArcFace crop, 112x112: insightface, face_align.py. */
export const arcface112: AlignmentTemplate = {
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
 * The FaceNet crop, 160x160, as chosen by measurement (docs/decisions/008): the ArcFace crop's points
 * with the eyes 42 pixels apart, the middle between them 18 above the crop's, then drawn 1.2 times as
 * wide. FaceNet was trained on boxes taller than wide that were pulled to a square (davidsandberg/facenet,
 * src/align/align_dataset_mtcnn.py).
 */
export const facenet160: AlignmentTemplate = {
  template: 'facenet-160',
  ...scaled(arcface112.points, { size: 160, eyeDistance: 42, eyesAboveMiddle: 18, stretch: 1.2 }),
};

function scaled(
  points: AlignmentTemplate['points'],
  crop: {
    readonly size: number;
    /** Before it is stretched. */
    readonly eyeDistance: number;
    readonly eyesAboveMiddle: number;
    readonly stretch: number;
  },
): Pick<AlignmentTemplate, 'points' | 'stretch'> {
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

/** To a hundredth of a pixel. */
function round(value: number): number {
  return Math.round(value * 100) / 100;
}
