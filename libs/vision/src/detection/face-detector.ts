import { type DetectionManifest } from '#models/packs/manifest.js';
import { type FivePoints } from '../faces/align-face.js';
import {
  type AffineMap,
  applyMap,
  ontoRectangle,
  overlap,
  type Region,
  type Size,
} from '../imaging/geometry.js';
import { type DecodedImage } from '../imaging/image-decoder.js';
import { networkItem } from '../inference/network-input.js';
import { type Networks } from '../inference/networks.js';
import { observed, type PipelineObserver } from '../pipeline-observer.js';
import { type Candidate, isSameFace, suppressNonMaxima } from './boxes.js';
import { fivePoints, landmarkMap, uprightMap } from './landmarks.js';
import { countsFromTile, planTiles } from './tile-plan.js';

/** A face in pixels of the decoded picture. */
export interface LocatedFace {
  readonly box: Candidate;
  readonly landmarks: FivePoints;
}

interface LocatedFaces {
  /** From left to right. */
  readonly faces: readonly LocatedFace[];
  /** Faces that were left out, as there are more than the limit. */
  readonly dropped: number;
}

/** Finds faces and their landmarks; a picture's tiles share batches with other pictures. */
export class FaceDetector {
  constructor(
    private readonly networks: Networks,
    private readonly manifest: DetectionManifest,
    private readonly maxFaces: number,
    private readonly observer: PipelineObserver,
  ) {}

  async find(image: DecodedImage, urgent: boolean): Promise<LocatedFaces> {
    const { boxes, dropped } = await observed(this.observer, 'detect', () =>
      this.findBoxes(image, urgent),
    );
    if (boxes.length === 0) return { faces: [], dropped };
    const faces = await observed(this.observer, 'landmarks', () =>
      Promise.all(
        boxes.map(async (box) => ({ box, landmarks: await this.locate(image, box, urgent) })),
      ),
    );
    return { faces, dropped };
  }

  /** From left to right. */
  private async findBoxes(image: DecodedImage, urgent: boolean) {
    const plan = planTiles(image, image.original, this.manifest.detect);
    const whole = { x: 0, y: 0, width: image.width, height: image.height };
    const [inWhole, ...inTiles] = await Promise.all(
      [whole, ...plan.tiles].map((region) => this.detect(image, region, urgent)),
    );
    const believed = inTiles.flatMap((candidates, index) => {
      const tile = plan.tiles[index]!;
      return candidates.filter((candidate) =>
        countsFromTile(candidate, tile, image, plan, this.manifest.detect),
      );
    });
    const { maxOverlap } = this.manifest;
    // The whole picture has the last word on what it shows: a tile may take part of a face for one.
    const large = suppressNonMaxima(inWhole!, maxOverlap);
    const rest = believed.filter((box) => !large.some((it) => isSameFace(it, box, maxOverlap)));
    const small = suppressNonMaxima(rest, maxOverlap);
    const sure = await Promise.all(small.map((box) => this.lookAgain(image, box, urgent)));
    const found = [...large, ...small.filter((_, index) => sure[index])];
    const boxes = bestBoxes(found, this.maxFaces).sort((a, b) => a.x - b.x);
    return { boxes, dropped: found.length - boxes.length };
  }

  private async detect(image: DecodedImage, region: Region, urgent: boolean): Promise<Candidate[]> {
    const { columns, rows, map } = letterbox(region, this.manifest.detect);
    const item = networkItem(image, map, { width: columns, height: rows });
    const found = await this.networks.run('detect', item, urgent);
    return found.map(({ x, y, width, height, score }) => {
      const [left, top] = applyMap(map, x, y);
      return { x: left, y: top, width: width * map.a, height: height * map.d, score };
    });
  }

  private async lookAgain(image: DecodedImage, box: Region, urgent: boolean): Promise<boolean> {
    const looks = secondLooks(box, image, this.manifest.detect);
    const seen = await Promise.all(looks.map((region) => this.detect(image, region, urgent)));
    return confirms(seen, box);
  }

  private async locate(image: DecodedImage, box: Region, urgent: boolean): Promise<FivePoints> {
    const input = this.manifest.landmarks;
    const points = await this.placePoints(image, landmarkMap(box, input), urgent);
    const upright = uprightMap(points, input);
    return upright ? this.placePoints(image, upright, urgent) : points;
  }

  private async placePoints(
    image: DecodedImage,
    map: AffineMap,
    urgent: boolean,
  ): Promise<FivePoints> {
    const input = this.manifest.landmarks;
    const shares = await this.networks.run('landmarks', networkItem(image, map, input), urgent);
    return fivePoints(shares, input, map);
  }
}

/**
 * The `most` boxes that the detector is surest of. Equal scores: the leftmost, then the topmost, so that
 * the choice does not hang on the order in which tiles were looked at.
 */
export function bestBoxes(boxes: readonly Candidate[], most: number): Candidate[] {
  return [...boxes]
    .sort((a, b) => b.score - a.score || a.x - b.x || a.y - b.y || a.width - b.width)
    .slice(0, most);
}

/** How a region of a picture lies in the top left of a network's input, its proportions kept. */
interface Letterbox {
  /** Input pixels that the region covers. */
  readonly columns: number;
  readonly rows: number;
  /** Input pixels to picture pixels. */
  readonly map: AffineMap;
}

export function letterbox(region: Region, input: Size): Letterbox {
  const scale = Math.min(input.width / region.width, input.height / region.height);
  const columns = Math.max(1, Math.round(region.width * scale));
  const rows = Math.max(1, Math.round(region.height * scale));
  return { columns, rows, map: ontoRectangle({ width: columns, height: rows }, region) };
}

/** How tall a small face is made for the second looks at it, pixels of the network's input. */
const LOOK_HEIGHTS = [24, 32, 48] as const;
const MIN_LOOK_SCORE = 0.9;
const MIN_LOOK_OVERLAP = 0.4;
/** A true face that one look misses is seen by the others; a false one by one at most. */
const MIN_LOOKS = 2;

/**
 * Parts of the picture to look at a small face in again, at other scales than it was found at: hair
 * or cloth that looks like a face at one scale does not at others. Measured on group photographs at
 * six scales: 14 false faces become none and hardly a true one is lost, while asking for a higher score
 * the first time loses half of the 24 to 32 px faces before the last false one.
 */
export function secondLooks(box: Region, picture: Size, input: Size): Region[] {
  return LOOK_HEIGHTS.map((faceHeight) => {
    const width = (box.height * input.width) / faceHeight;
    const height = (box.height * input.height) / faceHeight;
    const left = Math.max(0, box.x + (box.width - width) / 2);
    const top = Math.max(0, box.y + (box.height - height) / 2);
    return {
      x: left,
      width: Math.min(picture.width, left + width) - left,
      y: top,
      height: Math.min(picture.height, top + height) - top,
    };
  });
}

/** Whether enough of the looks, each with what it shows, show the face where it was found. */
export function confirms(looks: readonly (readonly Candidate[])[], box: Region): boolean {
  const isIt = (candidate: Candidate) =>
    candidate.score >= MIN_LOOK_SCORE && overlap(candidate, box) > MIN_LOOK_OVERLAP;
  return looks.filter((seen) => seen.some(isIt)).length >= MIN_LOOKS;
}
