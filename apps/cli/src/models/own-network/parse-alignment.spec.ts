import { describe, expect, it } from '@jest/globals';
import { arcface112, facenet160 } from '../alignment-templates.js';
import { parseAlignment } from './parse-alignment.js';

describe('parseAlignment', () => {
  it('takes the templates by their names', () => {
    expect(parseAlignment('arcface-112', 112)).toEqual(arcface112);
    expect(parseAlignment('facenet-160', 160)).toEqual(facenet160);
  });

  it('scales a template to another size, under another name', () => {
    const { template, points } = parseAlignment('arcface-112', 224);
    expect(template).toBe('arcface-224');
    // The middle of pixel 38.2946 of 112 is that of pixel (38.2946 + 0.5) * 2 - 0.5 of 224.
    expect(points[0]).toEqual([77.09, 103.89]);
    expect(points[4][1]).toBe(184.91);
  });

  it('takes five points, and tells one choice of them from another', () => {
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
