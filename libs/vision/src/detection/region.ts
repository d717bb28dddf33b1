/** A rectangle, in pixels. */
export interface Region {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** A box that the detector takes for a face. */
export interface Candidate extends Region {
  /** 0 to 1. */
  readonly score: number;
}

export function intersection(a: Region, b: Region): number {
  const width = Math.min(a.x + a.width, b.x + b.width) - Math.max(a.x, b.x);
  const height = Math.min(a.y + a.height, b.y + b.height) - Math.max(a.y, b.y);
  return width > 0 && height > 0 ? width * height : 0;
}

export function area(region: Region): number {
  return region.width * region.height;
}

/** Intersection over union: 0 apart, 1 the same. */
export function overlap(a: Region, b: Region): number {
  const shared = intersection(a, b);
  return shared / (area(a) + area(b) - shared);
}
