import { describe, expect, it } from '@jest/globals';
import { foldNetwork } from '#models/facenet/fold-network.js';
import { referenceForward } from '#models/facenet/reference-forward.js';
import { writeOnnx } from '#models/facenet/write-onnx.js';
import { writeTfjsGraph } from '#models/facenet/write-tfjs-graph.js';
import { generatedWeights, noise } from '../support/keras-weights.js';
import { runOnnx } from '../support/run-onnx.js';
import { runTfjs } from '../support/run-tfjs.js';
import { tinyFacenet } from '../support/tiny-facenet.js';

const DIMENSION = 6;
const BATCH = 3;

describe('the artifacts of a network', () => {
  const network = tinyFacenet(DIMENSION);
  const weights = generatedWeights(network);
  const folded = foldNetwork(network, weights);
  const size = network.input.reduce((product, side) => product * side, 1);
  const data = Float32Array.from({ length: BATCH * size }, noise(7));
  const dims = [BATCH, ...network.input];
  const expected = Array.from({ length: BATCH }, (_, i) => [
    ...referenceForward(network, weights, data.subarray(i * size, (i + 1) * size)),
  ]).flat();

  const furthest = (values: Float32Array) =>
    values.reduce((most, value, i) => Math.max(most, Math.abs(value - expected[i]!)), 0);

  it('are compared with a reference whose values differ', () => {
    expect(expected).toHaveLength(BATCH * DIMENSION);
    expect(new Set(expected.map((value) => value.toFixed(2))).size).toBeGreaterThan(10);
  });

  it('give the results of the reference in ONNX Runtime', async () => {
    const { input, answers } = await runOnnx(writeOnnx(folded), [{ data, dims }]);
    const { embedding } = answers[0]!;
    expect(input).toEqual({ name: 'input', shape: ['batch', 23, 17, 3] });
    expect(embedding!.dims).toEqual([BATCH, DIMENSION]);
    expect(furthest(embedding!.data)).toBeLessThan(1e-5);
  });

  it('give the results of the reference in TF.js', async () => {
    const answer = await runTfjs(writeTfjsGraph(folded, 'embed.bin'), { data, dims }, 'embedding');
    expect(answer).toHaveLength(BATCH * DIMENSION);
    expect(furthest(answer)).toBeLessThan(1e-5);
  });
});
