import { beforeEach, describe, expect, it } from '@jest/globals';
import { GallerySize } from './gallery-size.js';

describe('GallerySize', () => {
  let now: number;
  let templates: Record<string, number>;
  let counted: string[];
  let size: GallerySize;
  beforeEach(() => {
    now = 1_000;
    templates = { small: 5, large: 1_000_000 };
    counted = [];
    const count = (tenant: string) => {
      counted.push(tenant);
      const found = templates[tenant];
      return found === undefined
        ? Promise.reject(new Error('unavailable'))
        : Promise.resolve(found);
    };
    size = new GallerySize(count, () => now);
  });

  it('counts once for concurrent calls', async () => {
    expect(await Promise.all([size.of('small'), size.of('small')])).toEqual([5, 5]);
    expect(counted).toEqual(['small']);
  });

  it('caches a count of N for N milliseconds, but at most for ten seconds', async () => {
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

  it('counts again after an enrolment, even if a count is in progress', async () => {
    const before = size.of('large');
    templates.large = 1_000_001;
    size.enrolled('large');
    expect(await size.of('large')).toBe(1_000_001);
    expect(await before).toBe(1_000_000);
    expect(await size.of('large')).toBe(1_000_001);
  });

  it('counts again after a failure', async () => {
    await expect(size.of('new')).rejects.toThrow('unavailable');
    templates.new = 1;
    expect(await size.of('new')).toBe(1);
  });
});
