import { describe, expect, it } from '@jest/globals';
import { accuracyReport } from './accuracy-report.js';

const row = {
  scores: 'cosine',
  photographs: 20,
  people: 9,
  genuinePairs: 12,
  impostorPairs: 1800,
  equalErrorRate: 0.0123,
  points: [
    {
      falseAcceptRate: 0.01,
      threshold: 0.3,
      trueAcceptRate: 0.988,
      trueAcceptInterval: [0.97, 0.998] as [number, number],
    },
  ],
  curve: [],
  pairsFile: { accuracy: 0.9934, standardError: 0.0012, folds: 5, pairs: 1500 },
};
const found = {
  scores: 'cosine',
  enrolled: 7,
  templates: 7,
  knownProbes: 31,
  unknownProbes: 80,
  rank1: 0.995,
  points: [{ falsePositiveRate: 0.1, falseNegativeRate: 0.046 }],
};
const pack = {
  pack: 'p',
  faceless: ['Bo/1.jpg'],
  facesPerSecond: 40.04,
  notes: ['not normalised'],
  rows: [row],
  identifications: [found],
};
const report = accuracyReport({ photographs: 20, people: 9, detector: 'd', packs: [pack] });

describe('accuracyReport', () => {
  it('has a row for each way of scoring, and marks rates with too few pairs', () => {
    expect(report).toContain(
      '| p | cosine | 99.34 % ± 0.12 (1,500 pairs, 5 folds) | 1.23 % | 98.8 % [97.0, 99.8] | too few pairs | too few pairs | 12 | 1,800 | 9 | 1 | 40.0 |',
    );
  });

  it('has a row for identification', () => {
    expect(report).toContain(
      '| p | cosine | 7 | 7 | 31 | 80 | 99.5 % | 4.6 % | too few probes | too few probes |',
    );
  });

  it('lists photographs without a face', () => {
    expect(report).toContain('p found no face in: Bo/1.jpg');
    expect(report).toContain('p: not normalised');
  });

  it('leaves out identification and the pairs file if they were not requested', () => {
    const rows = [{ ...row, pairsFile: null }];
    const bare = accuracyReport({
      photographs: 20,
      people: 9,
      detector: 'd',
      packs: [{ ...pack, rows, identifications: [] }],
    });
    expect(bare).not.toContain('rank-1');
    expect(bare).toContain('| p | cosine | – |');
  });
});
