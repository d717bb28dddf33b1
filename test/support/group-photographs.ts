import { createRequire } from 'node:module';
import path from 'node:path';
import { type Box } from '#shared/contracts/image-ref.js';

/** x and y of the centre of a face, and its height, in pixels. */
type Face = readonly [x: number, y: number, height: number];

/** The 22 faces in the photographs of @vladmandic/face-api, marked and checked by hand. */
const FACES: Readonly<Record<string, readonly Face[]>> = {
  'sample1.jpg': [
    [510, 470, 240],
    [930, 540, 230],
    [1570, 330, 210],
  ],
  'sample2.jpg': [
    [450, 270, 290],
    [980, 340, 240],
    [1550, 270, 230],
  ],
  'sample3.jpg': [
    [690, 460, 280],
    [1190, 360, 310],
    [1600, 440, 270],
  ],
  'sample4.jpg': [
    [340, 320, 250],
    [750, 190, 250],
    [1080, 310, 250],
    [1340, 280, 230],
  ],
  'sample5.jpg': [
    [470, 1020, 300],
    [690, 540, 270],
    [870, 220, 210],
    [1200, 320, 220],
    [1500, 530, 270],
  ],
  'sample6.jpg': [
    [360, 630, 280],
    [760, 470, 310],
    [1270, 450, 270],
    [1590, 400, 300],
  ],
};

export interface GroupPhotograph {
  readonly file: string;
  readonly faces: readonly Face[];
}

export function groupPhotographs(): GroupPhotograph[] {
  const build = createRequire(import.meta.url).resolve('@vladmandic/face-api');
  const folder = path.join(path.dirname(build), '../demo');
  return Object.entries(FACES).map(([name, faces]) => ({ file: path.join(folder, name), faces }));
}

/** A face counts as found if a box of about its size contains its centre. */
export function countFound(
  faces: readonly Face[],
  boxes: readonly Box[],
): { found: number; falseBoxes: number } {
  const fits = (box: Box, [x, y, height]: Face) =>
    box.x < x &&
    x < box.x + box.width &&
    box.y < y &&
    y < box.y + box.height &&
    box.height > height / 2 &&
    box.height < height * 2;
  return {
    found: faces.filter((face) => boxes.some((box) => fits(box, face))).length,
    falseBoxes: boxes.filter((box) => !faces.some((face) => fits(box, face))).length,
  };
}
