import { describe, expect, it } from '@jest/globals';
import { countsFromTile, planTiles } from './tile-plan.js';

const input = { width: 320, height: 240 };

const plan = (picture: { width: number; height: number }) => planTiles(picture, picture, input);

describe('planTiles', () => {
  it('plans no tiles for a small picture', () => {
    expect(plan({ width: 640, height: 480 }).tiles).toEqual([]);
  });

  it.each([
    [1_280, 960, 4],
    [1_920, 1_440, 9],
    [4_000, 3_000, 25],
    [12_000, 9_000, 25],
  ])('looks at %i × %i in %i tiles as well', (width, height, tiles) => {
    expect(plan({ width, height }).tiles).toHaveLength(tiles);
  });

  it('plans as many tiles for a picture that was shrunk while decoding', () => {
    const original = { width: 4_000, height: 3_000 };
    const shrunk = planTiles({ width: 2_560, height: 1_920 }, original, input);
    expect(shrunk.tiles).toHaveLength(25);
    expect(shrunk.wholeScale).toBe(8);
    expect(shrunk.tiles.at(-1)!.x + shrunk.tiles.at(-1)!.width).toBe(2_560);
  });

  it('covers the picture with tiles that overlap by 40 input pixels', () => {
    const picture = { width: 1_280, height: 960 };
    const { tiles } = plan(picture);
    const scale = tiles[0]!.width / input.width;
    const [left, right] = [tiles[0]!, tiles[1]!];
    expect(left.x + left.width - right.x).toBeGreaterThanOrEqual(Math.floor(40 * scale) - 1);
    expect(right.x + right.width).toBe(picture.width);
    const last = tiles.at(-1)!;
    expect(last.y + last.height).toBe(picture.height);
  });

  it('plans a single row of tiles for a wide strip', () => {
    const { tiles } = plan({ width: 3_200, height: 200 });
    expect(new Set(tiles.map(({ y }) => y))).toEqual(new Set([0]));
    expect(tiles.every(({ height }) => height === 200)).toBe(true);
  });
});

describe('countsFromTile', () => {
  const picture = { width: 1_280, height: 960 };
  const plan = planTiles(picture, picture, input);
  const tile = plan.tiles[0]!;
  const face = { x: 100, y: 100, width: 50, height: 60, score: 0.9 };
  const counts = (changes: Partial<typeof face>) =>
    countsFromTile({ ...face, ...changes }, tile, picture, plan, input);

  it('accepts a small face in the middle of a tile', () => {
    expect(counts({})).toBe(true);
  });

  it('rejects large faces, which the pass over the whole picture finds', () => {
    expect(counts({ height: 24 * plan.wholeScale })).toBe(false);
  });

  it('rejects faces that are cut by an inner border; the next tile has them', () => {
    expect(counts({ x: tile.width - 50 })).toBe(false);
  });

  it('accepts faces at the border of the picture', () => {
    expect(counts({ x: 0 })).toBe(true);
  });
});
