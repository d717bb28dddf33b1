import { type Calibration } from '#shared/models/manifest.js';

/** What `models calibrate` found on Labeled Faces in the Wild, cosine similarity as it is. */
export function lfwCalibration(alignment: string, points: Calibration['points']): Calibration {
  return {
    ...{ detector: 'rfb320-68', alignment, metric: 'cosine', cohort: null },
    data: 'all pairs among 731 photographs of 300 people of Labeled Faces in the Wild',
    ...{ images: 731, people: 300, genuinePairs: 1_004, impostorPairs: 265_811 },
    points,
    groups: [],
  };
}
