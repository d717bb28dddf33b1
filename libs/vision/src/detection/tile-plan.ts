import { type Region, type Size } from '../imaging/geometry.js';
import { type Candidate } from './boxes.js';

/** Overlap of neighbouring tiles, pixels of the network's input: a face this tall is whole in one of them. */
const OVERLAP = 40;
/** From tiles only faces that the whole picture shows too small count; taller ones blown up are often none. */
const MAX_TILE_FACE = 24;
/** A box this close to an inner border was cut by it, pixels of the network's input. */
const BORDER = 2;
const MAX_GRID = 5;

export interface TilePlan {
  /** The picture is looked at whole, then in these; empty when it is small. */
  readonly tiles: readonly Region[];
  /** Picture pixels per input pixel when the whole picture is fitted into the input. */
  readonly wholeScale: number;
}

/**
 * Where to look for faces. One pass of a 320 × 240 network over a whole picture finds faces taller
 * than about 18 input pixels; larger pictures get a grid of overlapping tiles as well, fine enough
 * for faces of 48 px of the original (measured in docs/decisions/001).
 * @param picture as it was decoded, perhaps shrunk: tiles are in its pixels
 */
export function planTiles(picture: Size, original: Size, input: Size): TilePlan {
  const wholeScale = fitScale(picture, input);
  const grid = gridSize(original, input);
  return { tiles: grid > 1 ? gridTiles(picture, grid, input) : [], wholeScale };
}

/** Picture pixels per input pixel when a tile is fitted into the input; 1 when there are no tiles. */
export function tileScale(picture: Size, original: Size, input: Size): number {
  const grid = gridSize(original, input);
  return grid > 1 ? gridScale(picture, grid, input) : 1;
}

/** Whether a tile's box (in picture pixels) is to be believed. */
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

/** Tiles a side. */
function gridSize(original: Size, input: Size): number {
  return Math.min(MAX_GRID, Math.ceil(0.45 * fitScale(original, input) - 0.2));
}

function gridScale(picture: Size, grid: number, input: Size): number {
  return Math.max(
    picture.width / (grid * (input.width - OVERLAP) + OVERLAP),
    picture.height / (grid * (input.height - OVERLAP) + OVERLAP),
  );
}

/** Picture pixels per input pixel when all of the picture is fitted into the input. */
function fitScale(picture: Size, input: Size): number {
  return Math.max(picture.width / input.width, picture.height / input.height);
}

function gridTiles(picture: Size, grid: number, input: Size): Region[] {
  const scale = gridScale(picture, grid, input);
  const columns = spread(picture.width, input.width * scale, OVERLAP * scale);
  const rows = spread(picture.height, input.height * scale, OVERLAP * scale);
  return rows.flatMap((row) =>
    columns.map((column) => ({
      x: column.start,
      width: column.length,
      y: row.start,
      height: row.length,
    })),
  );
}

interface Stretch {
  readonly start: number;
  readonly length: number;
}

/** Evenly spread stretches of `size` that cover `length` and overlap by at least `overlap`. */
function spread(length: number, size: number, overlap: number): Stretch[] {
  if (length <= size) return [{ start: 0, length }];
  const whole = Math.round(size);
  // A hair of tolerance: the grid was fitted to the longer direction exactly.
  const count = Math.ceil((length - overlap) / (size - overlap) - 1e-3);
  return Array.from({ length: count }, (_, index) => ({
    start: Math.round((index * (length - whole)) / (count - 1)),
    length: whole,
  }));
}
