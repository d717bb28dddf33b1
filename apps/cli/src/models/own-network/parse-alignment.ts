import { createHash } from 'node:crypto';
import { type EmbeddingManifest } from '#shared/models/manifest.js';
import { cliError } from '../../cli-error.js';
import { arcface112, facenet160 } from '../alignment-templates.js';

type Alignment = EmbeddingManifest['alignment'];
type Points = Alignment['points'];
type Point = Points[number];

const TEMPLATES = [
  { ...arcface112, size: 112 },
  { ...facenet160, size: 160 },
];

/**
 * Where a network wants a face's five points: the name of a template, which is scaled to the network's
 * size, or `x,y x,y x,y x,y x,y` in pixels of its input (left eye, right eye, nose, left and right
 * mouth corner, as the viewer sees them).
 * @param size of the input, pixels
 * @throws PipelineError ALIGNMENT_INVALID
 */
export function parseAlignment(text: string, size: number): Alignment {
  const named = TEMPLATES.find(({ template }) => template === text);
  if (named) return scaled(named, size);
  const points = parsePoints(text, size);
  const digest = createHash('sha256').update(JSON.stringify(points)).digest('hex');
  return { template: `points-${digest.slice(0, 8)}`, points };
}

function scaled({ size: from, ...alignment }: (typeof TEMPLATES)[number], size: number): Alignment {
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
  throw cliError(
    'ALIGNMENT_INVALID',
    `--alignment is ${TEMPLATES.map(({ template }) => template).join(', ')}, or where left eye, right eye, nose tip, left and right mouth corner go, in pixels from 0 to ${size - 1}: "x,y x,y x,y x,y x,y"; got: ${text}`,
  );
}

function fivePoints(points: readonly Point[]): Points | null {
  const [leftEye, rightEye, nose, leftMouth, rightMouth, ...more] = points;
  if (!leftEye || !rightEye || !nose || !leftMouth || !rightMouth || more.length > 0) return null;
  return [leftEye, rightEye, nose, leftMouth, rightMouth];
}

/** Eyes and mouth corners from left to right, the eyes above: points given in another order are not. */
function isFace([leftEye, rightEye, , leftMouth, rightMouth]: Points): boolean {
  const isOrdered = leftEye[0] < rightEye[0] && leftMouth[0] < rightMouth[0];
  return isOrdered && Math.max(leftEye[1], rightEye[1]) < Math.min(leftMouth[1], rightMouth[1]);
}
