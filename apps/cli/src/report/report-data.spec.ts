import { describe, expect, it } from '@jest/globals';
import { bestScore, groupByPerson, unknownOnly, type ReportImage } from './report-data.js';

const box = { x: 0, y: 0, width: 10, height: 10 };

function image(key: string, ...faces: [person: string | null, score: number | null][]) {
  return {
    key,
    version: '1',
    width: 100,
    height: 100,
    faces: faces.map(([person, score], index) => ({
      id: `${key}-${index}`,
      box,
      person: person === null ? null : { id: person, name: person.toUpperCase() },
      score,
    })),
  } satisfies ReportImage;
}

describe('groupByPerson', () => {
  it('puts an image with two people into both groups, best score first', () => {
    const images = [image('weak', ['ann', 0.5]), image('both', ['bob', 0.6], ['ann', 0.9])];
    const sections = groupByPerson(images);
    expect(sections.map(({ name, images }) => [name, images.map(({ key }) => key)])).toEqual([
      ['ANN', ['both', 'weak']],
      ['BOB', ['both']],
    ]);
    expect(sections[0]!.best.face.score).toBe(0.9);
  });

  it('counts an image once if a person is in it twice', () => {
    const twice = image('mirror', ['ann', 0.4], ['ann', 0.8]);
    expect(groupByPerson([twice])).toMatchObject([{ images: [{ key: 'mirror' }] }]);
    expect(bestScore(twice, 'ann')).toBe(0.8);
  });
});

describe('unknownOnly', () => {
  it('returns the images in which nobody is named, sorted by key', () => {
    const images = [
      image('z', [null, null]),
      image('mixed', [null, 0.1], ['ann', 0.9]),
      image('a', [null, 0.2], [null, 0.3]),
    ];
    expect(unknownOnly(images).map(({ key }) => key)).toEqual(['a', 'z']);
  });
});
