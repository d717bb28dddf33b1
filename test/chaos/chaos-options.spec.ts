import { describe, expect, it } from '@jest/globals';
import { parseOptions } from './chaos-options.js';

describe('options of the chaos run', () => {
  it('defaults to as many other faults as kills, on S3 and Qdrant', () => {
    expect(parseOptions(['--kills', '40'], 9)).toMatchObject({
      seed: 9,
      rounds: 1,
      kills: 40,
      others: 40,
      images: null,
      store: 's3',
      vectorStore: 'qdrant',
    });
  });

  it('accepts the seed, the stores and a folder of images', () => {
    const args = '--seed 3 --store folder --vector-store embedded --images /photos --others 0';
    expect(parseOptions(args.split(' '), 9)).toMatchObject({
      seed: 3,
      store: 'folder',
      vectorStore: 'embedded',
      images: '/photos',
      others: 0,
    });
  });

  it('reports invalid options', () => {
    expect(() => parseOptions(['--store', 'tape'], 9)).toThrow('store');
    expect(() => parseOptions(['--seeds', '1'], 9)).toThrow('--seeds');
  });
});
