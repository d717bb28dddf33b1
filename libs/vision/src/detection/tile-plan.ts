import { type Region, type Size } from '../imaging/geometry.js';
import { type Candidate } from './boxes.js';

/** Overlap of neighbouring tiles, pixels of the input: a face up to this height is complete in one of them. */
const OVERLAP = 40;
/**
 * Maximum height of a face found in a tile, in input pixels of the pass over the whole picture. That
 * pass finds larger faces itself, and detections of larger faces in tiles are often false.
 */
const MAX_TILE_FACE = 24;
/** A box this close to an inner border of a tile is cut by it, pixels of the input. */
const BORDER = 2;
const MAX_GRID = 5;

export interface TilePlan {
  /** Parts in which the detector runs in addition to the whole picture; empty when the picture is small. */
  readonly tiles: readonly Region[];
  /** Picture pixels per input pixel when the whole picture fills the input. */
  readonly wholeScale: number;
}

/**
 * Plans the detection passes. One pass of a 320 × 240 network over a whole picture finds faces taller
 * than about 18 input pixels. Large pictures also get a grid of overlapping tiles, fine enough for
 * faces of 48 px in the original (measured in docs/decisions/001).
 * @param picture size of the decoded picture, which may be shrunk; tiles are in its pixels
 */
export function planTiles(picture: Size, original: Size, input: Size): TilePlan {
  const wholeScale = fitScale(picture, input);
  const grid = gridSize(original, input);
  return { tiles: grid > 1 ? gridTiles(picture, grid, input) : [], wholeScale };
}

/** Picture pixels per input pixel when a tile fills the input; 1 when there are no tiles. */
export function tileScale(picture: Size, original: Size, input: Size): number {
  const grid = gridSize(original, input);
  return grid > 1 ? gridScale(picture, grid, input) : 1;
}

/** Whether a detection in a tile (in picture pixels) is used: small enough, and not cut by the tile. */
export function countsFromTile(
  candidate: Candidate,
  tile: Region,
  picture: Size,
  plan: TilePlan,
  input: Size,
): boolean {
  const border = BORDER * Math.max(tile.width / input.width, tile.height / input.height);
  const right = tile.x + tile.width;
  const bottom = tile.y + tile.height;
  const cut =
    (tile.x > 0 && candidate.x < tile.x + border) ||
    (tile.y > 0 && candidate.y < tile.y + border) ||
    (right < picture.width && candidate.x + candidate.width > right - border) ||
    (bottom < picture.height && candidate.y + candidate.height > bottom - border);
  return !cut && candidate.height < MAX_TILE_FACE * plan.wholeScale;
}

/** Number of tiles per side. */
function gridSize(original: Size, input: Size): number {
  return Math.min(MAX_GRID, Math.ceil(0.45 * fitScale(original, input) - 0.2));
}

function gridScale(picture: Size, grid: number, input: Size): number {
  return Math.max(
    picture.width / (grid * (input.width - OVERLAP) + OVERLAP),
    picture.height / (grid * (input.height - OVERLAP) + OVERLAP),
  );
}

/** Picture pixels per input pixel when the whole picture fills the input. */
function fitScale(picture: Size, input: Size): number {
  return Math.max(picture.width / input.width, picture.height / input.height);
}

function gridTiles(picture: Size, grid: number, input: Size): Region[] {
  const scale = gridScale(picture, grid, input);
  const columns = spacedIntervals(picture.width, input.width * scale, OVERLAP * scale);
  const rows = spacedIntervals(picture.height, input.height * scale, OVERLAP * scale);
  return rows.flatMap((row) =>
    columns.map((column) => ({
      x: column.start,
      width: column.length,
      y: row.start,
      height: row.length,
    })),
  );
}

interface Interval {
  readonly start: number;
  readonly length: number;
}

/** Evenly spaced intervals of length `size` that cover `length` and overlap by at least `overlap`. */
function spacedIntervals(length: number, size: number, overlap: number): Interval[] {
  if (length <= size) return [{ start: 0, length }];
  const whole = Math.round(size);
  // With a small tolerance for rounding: the grid fits the longer direction exactly.
  const count = Math.ceil((length - overlap) / (size - overlap) - 1e-3);
  return Array.from({ length: count }, (_, index) => ({
    start: Math.round((index * (length - whole)) / (count - 1)),
    length: whole,
  }));
}
