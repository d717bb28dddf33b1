import { describe, expect, it } from '@jest/globals';
import { arcface112, facenet160, parseAlignment } from './alignment.js';

describe('the FaceNet crop', () => {
  const { points, stretch } = facenet160;

  it('has an eye distance of 42 pixels, stretched to 50.4, and the eyes 18 pixels above the middle of 160', () => {
    expect(stretch).toBe(1.2);
    expect(points[1][0] - points[0][0]).toBeCloseTo(50.4, 1);
    expect((points[0][0] + points[1][0]) / 2).toBeCloseTo(79.5, 1);
    expect((points[0][1] + points[1][1]) / 2).toBeCloseTo(61.5, 1);
  });

  it('has the points of the ArcFace crop in units of the eye distance, before stretching', () => {
    const inEyes = (all: typeof points, width: number, i: number, j: number) => {
      const distance = (from: number, to: number) =>
        Math.hypot((all[to]![0] - all[from]![0]) / width, all[to]![1] - all[from]![1]);
      return distance(i, j) / distance(0, 1);
    };
    for (const [i, j] of [
      [0, 2],
      [1, 2],
      [0, 3],
      [1, 4],
      [3, 4],
    ] as const) {
      expect(inEyes(points, stretch!, i, j)).toBeCloseTo(inEyes(arcface112.points, 1, i, j), 2);
    }
  });
});

describe('parseAlignment', () => {
  it('accepts the names of templates', () => {
    expect(parseAlignment('arcface-112', 112)).toEqual(arcface112);
    expect(parseAlignment('facenet-160', 160)).toEqual(facenet160);
  });

  it('scales a template to another size and renames it', () => {
    const { template, points } = parseAlignment('arcface-112', 224);
    expect(template).toBe('arcface-224');
    // The middle of pixel 38.2946 of 112 is that of pixel (38.2946 + 0.5) * 2 - 0.5 of 224.
    expect(points[0]).toEqual([77.09, 103.89]);
    expect(points[4][1]).toBe(184.91);
  });

  it('accepts five points, and names different points differently', () => {
    const given = '30,40 80,40 55,70 35,90 75,90';
    const one = parseAlignment(given, 112);
    expect(one.points[2]).toEqual([55, 70]);
    expect(one.template).toMatch(/^points-[0-9a-f]{8}$/);
    expect(parseAlignment(' 30 40, 80 40, 55 70, 35 90, 75 90', 112)).toEqual(one);
    expect(parseAlignment('31,40 80,40 55,70 35,90 75,90', 112).template).not.toBe(one.template);
  });

  it.each([
    ['a template there is not', 'arcface-128'],
    ['four points', '30,40 80,40 55,70 35,90'],
    ['six points', '30,40 80,40 55,70 35,90 75,90 1,1'],
    ['half a point', '30,40 80,40 55,70 35,90 75'],
    ['words', 'a,b c,d e,f g,h i,j'],
    ['a point outside', '30,40 80,40 55,70 35,90 75,112'],
    ['eyes from right to left', '80,40 30,40 55,70 35,90 75,90'],
    ['a face upside down', '30,90 80,90 55,70 35,40 75,40'],
  ])('does not take %s', (_, text) => {
    expect(() => parseAlignment(text, 112)).toThrow(
      expect.objectContaining({ code: 'ALIGNMENT_INVALID' }),
    );
  });
});
