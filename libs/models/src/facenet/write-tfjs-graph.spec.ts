import { describe, expect, it } from '@jest/globals';
import { generatedWeights } from '../../../../test/support/keras-weights.js';
import { tinyFacenet } from '../../../../test/support/tiny-facenet.js';
import { foldNetwork } from './fold-network.js';
import { writeTfjsGraph } from './write-tfjs-graph.js';

interface GraphModel {
  modelTopology: { node: { name: string; op: string; input?: string[] }[] };
  weightsManifest: {
    paths: string[];
    weights: { name: string; shape: number[]; dtype: string }[];
  }[];
  signature: { outputs: Record<string, { name: string }> };
}

describe('writeTfjsGraph', () => {
  const network = tinyFacenet(6);
  const folded = foldNetwork(network, generatedWeights(network));
  const { json, weights } = writeTfjsGraph(folded, 'embed.bin');
  const model = JSON.parse(json.toString()) as GraphModel;
  const nodes = model.modelTopology.node;

  it('writes nodes in topological order', () => {
    const seen = new Set<string>();
    for (const { name, input = [] } of nodes) {
      expect(input.filter((from) => !seen.has(from))).toEqual([]);
      seen.add(name);
    }
    expect(seen.has('embedding')).toBe(true);
    expect(model.signature.outputs).toMatchObject({ embedding: { name: 'embedding:0' } });
  });

  it('names one weights file of the right length, and a constant for each tensor', () => {
    const [manifest, ...others] = model.weightsManifest;
    expect(others).toEqual([]);
    expect(manifest!.paths).toEqual(['embed.bin']);
    const values = manifest!.weights.reduce(
      (sum, { shape }) => sum + shape.reduce((product, side) => product * side, 1),
      0,
    );
    expect(weights).toHaveLength(values * 4);
    const constants = nodes.filter(({ op }) => op === 'Const').map(({ name }) => name);
    expect(manifest!.weights.map(({ name }) => name)).toEqual(constants);
  });

  it('gives the same bytes for the same network', () => {
    const again = writeTfjsGraph(foldNetwork(network, generatedWeights(network)), 'embed.bin');
    expect(again).toEqual({ json, weights });
  });
});
