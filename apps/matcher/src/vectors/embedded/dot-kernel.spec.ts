import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from '@jest/globals';
import wabt from 'wabt';
import {
  cosine,
  randomUnitVector,
  seededRandom,
} from '../../../../../test/support/vector-records.js';
import { DOT_PRODUCT_WASM, DotKernel } from './dot-kernel.js';

describe('DotKernel', () => {
  it('is what dot-product.wat assembles to', async () => {
    const file = path.resolve('apps/matcher/src/vectors/embedded/dot-product.wat');
    const { parseWat } = await wabt();
    const module = parseWat(file, await readFile(file, 'utf8'), { simd: true });
    const { buffer } = module.toBinary({});
    expect(Buffer.from(buffer).toString('base64')).toBe(DOT_PRODUCT_WASM);
  });

  it.each([1, 15, 16, 17, 128, 512])('multiplies vectors of %d numbers', (dimension) => {
    const random = seededRandom(dimension);
    const kernel = new DotKernel(dimension);
    const queries = [1, 2].map(() => randomUnitVector(random, dimension));
    const rows = Array.from({ length: DotKernel.ROWS }, () => randomUnitVector(random, dimension));
    const block = new Float32Array(rows.length * kernel.stride);
    rows.forEach((row, index) => block.set(row, index * kernel.stride));
    kernel.loadQueries(queries);
    kernel.loadRows(block);
    queries.forEach((query, index) => {
      const scores = kernel.dots(index, rows.length);
      rows.forEach((row, at) => expect(scores[at]).toBeCloseTo(cosine(query, row), 5));
    });
  });
});
