import { describe, expect, it } from '@jest/globals';
import { PixelArena } from './pixel-arena.js';

describe('PixelArena', () => {
  it('allocates parts that do not overlap', async () => {
    const arena = new PixelArena(100);
    const slots = [await arena.allocate(30), await arena.allocate(50), await arena.allocate(20)];
    expect(slots.map(({ offset }) => offset)).toEqual([0, 30, 80]);
    expect(arena.freeBytes).toBe(0);
  });

  it('lets requests wait in order until there is room', async () => {
    const arena = new PixelArena(100);
    const first = await arena.allocate(60);
    const second = await arena.allocate(40);
    const served: string[] = [];
    const large = arena.allocate(80).then((slot) => (served.push('large'), slot));
    const small = arena.allocate(10).then((slot) => (served.push('small'), slot));
    arena.release(second);
    await Promise.resolve();
    expect(served).toEqual([]);
    arena.release(first);
    expect(await large).toEqual({ offset: 0, bytes: 80 });
    expect(await small).toEqual({ offset: 80, bytes: 10 });
    expect(served).toEqual(['large', 'small']);
  });

  it('merges adjacent free parts', async () => {
    const arena = new PixelArena(90);
    const slots = [await arena.allocate(30), await arena.allocate(30), await arena.allocate(30)];
    arena.release(slots[0]!);
    arena.release(slots[2]!);
    arena.release(slots[1]!);
    expect(await arena.allocate(90)).toEqual({ offset: 0, bytes: 90 });
  });

  it('rejects at once a request that can never fit', async () => {
    await expect(new PixelArena(100).allocate(101)).rejects.toThrow(RangeError);
  });
});
