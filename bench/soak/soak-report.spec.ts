import { describe, expect, it } from '@jest/globals';
import { seededRandom } from '#models/accuracy/people-bootstrap.js';
import { fitLine } from './soak-report.js';

describe('fitLine', () => {
  it('fits points on a line exactly', () => {
    const { slope, margin } = fitLine([0, 1, 2, 5].map((x) => ({ x, y: 3 - 2 * x })));
    expect(slope).toBeCloseTo(-2);
    expect(margin).toBeCloseTo(0);
  });

  it('gives a margin that contains the true slope in about 95 of 100 cases', () => {
    const random = seededRandom(7);
    let inside = 0;
    for (let run = 0; run < 400; run++) {
      const points = Array.from({ length: 40 }, (_, x) => ({ x, y: 0.5 * x + random() - 0.5 }));
      const { slope, margin } = fitLine(points);
      if (Math.abs(slope - 0.5) <= margin) inside++;
    }
    expect(inside / 400).toBeGreaterThan(0.91);
    expect(inside / 400).toBeLessThan(0.98);
  });

  it('rejects points that determine no line', () => {
    expect(() => fitLine([{ x: 1, y: 1 }])).toThrow('three points');
    expect(() => fitLine([1, 2, 3].map((y) => ({ x: 4, y })))).toThrow('different x');
  });
});
