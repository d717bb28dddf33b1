import { describe, expect, it } from '@jest/globals';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import wabt from 'wabt';
import { seededRandom } from '#models/accuracy/people-bootstrap.js';
import { cosine, randomUnitVector } from '../../../../../test/support/vector-records.js';
import { DOT_PRODUCT_WASM, DotKernel, TemplateMatrix } from './template-matrix.js';

const DIMENSION = 20;

describe('TemplateMatrix', () => {
  it('finds the same as a loop over all rows, with many blocks, queries, changes and deletions', () => {
    const random = seededRandom(5);
    const matrix = new TemplateMatrix(new DotKernel(DIMENSION));
    const rows = new Map<string, Float32Array>();
    for (let i = 0; i < 1_500; i++) {
      const id = `row ${Math.floor(random() * 900)}`;
      const vector = randomUnitVector(random, DIMENSION);
      rows.set(id, vector);
      matrix.set(id, vector);
      const gone = `row ${Math.floor(random() * 900)}`;
      if (i % 5 !== 0) continue;
      rows.delete(gone);
      matrix.delete(gone);
    }
    const queries = Array.from({ length: DotKernel.QUERIES * 2 + 3 }, (_, index) => ({
      vector: randomUnitVector(random, DIMENSION),
      limit: index % 7,
    }));
    const found = matrix.nearest(queries);
    found.forEach((list, index) => {
      const { vector, limit } = queries[index]!;
      const expected = [...rows]
        .map(([id, row]) => ({ id, score: cosine(vector, row) }))
        .toSorted((a, b) => b.score - a.score)
        .slice(0, limit);
      expect(list.map(({ id }) => id)).toEqual(expected.map(({ id }) => id));
    });
  });

  it('finds nothing when it is empty', () => {
    const matrix = new TemplateMatrix(new DotKernel(DIMENSION));
    matrix.set('a', new Float32Array(DIMENSION).fill(1));
    matrix.delete('a');
    matrix.delete('never there');
    const vector = new Float32Array(DIMENSION).fill(1);
    expect(matrix.nearest([{ vector, limit: 3 }])).toEqual([[]]);
    expect(matrix.nearest([])).toEqual([]);
  });
});

describe('DotKernel', () => {
  it('is assembled from dot-product.wat', async () => {
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
