import { beforeEach, describe, expect, it } from '@jest/globals';
import { GallerySize } from './gallery-size.js';

describe('GallerySize', () => {
  let now: number;
  let templates: Record<string, number>;
  let asked: string[];
  let size: GallerySize;
  beforeEach(() => {
    now = 1_000;
    templates = { small: 5, large: 1_000_000 };
    asked = [];
    const count = (tenant: string) => {
      asked.push(tenant);
      const found = templates[tenant];
      return found === undefined ? Promise.reject(new Error('away')) : Promise.resolve(found);
    };
    size = new GallerySize(count, () => now);
  });

  it('counts once for all who ask at the same time', async () => {
    expect(await Promise.all([size.of('small'), size.of('small')])).toEqual([5, 5]);
    expect(asked).toEqual(['small']);
  });

  it('takes a count of N to hold for N milliseconds, and never longer than ten seconds', async () => {
    await size.of('small');
    await size.of('large');
    templates = { small: 6, large: 2_000_000 };
    now += 4;
    expect([await size.of('small'), await size.of('large')]).toEqual([5, 1_000_000]);
    now += 1;
    expect([await size.of('small'), await size.of('large')]).toEqual([6, 1_000_000]);
    now += 10_000;
    expect(await size.of('large')).toBe(2_000_000);
  });

  it('asks again when this matcher has enrolled, also while it is being counted', async () => {
    const before = size.of('large');
    templates.large = 1_000_001;
    size.enrolled('large');
    expect(await size.of('large')).toBe(1_000_001);
    expect(await before).toBe(1_000_000);
    expect(await size.of('large')).toBe(1_000_001);
  });

  it('asks again after a failure', async () => {
    await expect(size.of('new')).rejects.toThrow('away');
    templates.new = 1;
    expect(await size.of('new')).toBe(1);
  });
});
