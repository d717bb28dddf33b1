import { describe, expect, it } from '@jest/globals';
import { type ReportImage } from '../../report/report-data.js';
import { describeFindings } from './describe-findings.js';

const BOX = { x: 0, y: 0, width: 10, height: 10 };

function image(key: string, person: string | null, score: number | null): ReportImage {
  const name = person === null ? null : { id: person, name: person };
  const faces = [{ id: key, box: BOX, person: name, score }];
  return { key, version: '1', width: 100, height: 100, faces };
}

describe('describeFindings', () => {
  it('lists people, unknown faces, images without a face and refused files', () => {
    const text = describeFindings({
      images: [image('a.jpg', 'Ann', 0.9), image('b.jpg', null, 0.1), image('c.jpg', null, null)],
      others: [
        { key: 'wall.jpg', outcome: 'faceless' },
        { key: 'torn.jpg', outcome: 'refused', code: 'IMAGE_TRUNCATED', message: 'it is cut off' },
      ],
    });
    expect(text).toBe(
      `Ann: 1 image
  IMAGE  SCORE
  a.jpg  0.900

Only unknown faces: 2 images
  IMAGE  FACES  BEST SCORE
  b.jpg      1  0.100
  c.jpg      1

No face: 1 image
  IMAGE
  wall.jpg

Refused or failed: 1 file
  FILE      REASON
  torn.jpg  IMAGE_TRUNCATED: it is cut off`,
    );
  });

  it('shows the first rows of a long list and the number of the others', () => {
    const images = Array.from({ length: 25 }, (_, index) => image(`${index}.jpg`, 'Ann', 0.9));
    expect(describeFindings({ images, others: [] })).toContain('  and 5 more; see the report');
  });
});
