import { type DetectionManifest } from '#shared/models/manifest.js';
import { applyMap, scaleTarget, type AffineMap } from '../imaging/affine-map.js';
import { type DecodedImage } from '../imaging/image-decoder.js';
import { type NetworkItem } from '../inference/inference-messages.js';
import { type Networks } from '../inference/networks.js';
import { observed, type PipelineObserver } from '../pipeline-observer.js';
import { bestBoxes } from './best-boxes.js';
import { fivePoints, type FivePoints, landmarkMap } from './landmarks.js';
import { letterbox } from './letterbox.js';
import { isSameFace, suppressNonMaxima } from './non-max-suppression.js';
import { type Candidate, type Region } from './region.js';
import { confirms, secondLooks } from './second-look.js';
import { countsFromTile, planTiles } from './tile-plan.js';
import { uprightMap } from './tilted-face.js';

/** A face in pixels of the decoded picture. */
export interface LocatedFace {
  readonly box: Candidate;
  readonly landmarks: FivePoints;
}

export interface LocatedFaces {
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

/** A look this little finer than the coarse picture is still taken of it. */
const COARSE_TOLERANCE = 0.95;

/**
 * A stretch of a decoded picture that fills `size` of a network's input, read from the coarse
 * picture where that is fine enough.
 * @param map input pixels to picture pixels
 */
export function networkItem(
  image: DecodedImage,
  map: AffineMap,
  size: { readonly width: number; readonly height: number },
): NetworkItem {
  const { coarse } = image;
  const shrunk = coarse.width / image.width;
  const isFineEnough = shrunk < 1 && Math.hypot(map.a, map.c) * shrunk >= COARSE_TOLERANCE;
  const { width, height, offset } = isFineEnough ? coarse : image;
  const onto = scaleTarget(map, width / image.width, height / image.height);
  return { offset, width, height, map: onto, columns: size.width, rows: size.height };
}
