import { afterEach, expect, it } from '@jest/globals';
import { runTool } from './run-tool.js';
import { type SnapshotServer, startSnapshotServer } from './start-snapshot-server.js';

const nodes: SnapshotServer[] = [];
const KEY = 'snapshot-key';

async function startNode(): Promise<SnapshotServer> {
  const node = await startSnapshotServer(KEY, ['faces', 'people']);
  nodes.push(node);
  return node;
}

afterEach(() => nodes.splice(0).forEach((node) => node.stop()));

it('makes one of each collection on each node, and keeps the newest', async () => {
  const [first, second] = [await startNode(), await startNode()];
  const settings = {
    QDRANT_NODE_URLS: `${first.url},${second.url}`,
    QDRANT_API_KEY: KEY,
    SNAPSHOTS_KEPT: '2',
  };
  for (let night = 0; night < 3; night += 1) await runTool('snapshot-vectors.mjs', settings);
  for (const node of [first, second]) {
    expect(node.names('faces')).toEqual(['faces-3.snapshot', 'faces-5.snapshot']);
    expect(node.names('people')).toEqual(['people-4.snapshot', 'people-6.snapshot']);
  }
});

it('fails when a node refuses it', async () => {
  const node = await startNode();
  const settings = { QDRANT_NODE_URLS: node.url, QDRANT_API_KEY: 'wrong' };
  await expect(runTool('snapshot-vectors.mjs', settings)).rejects.toThrow('Forbidden');
});
