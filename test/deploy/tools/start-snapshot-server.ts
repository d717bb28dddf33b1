import { createServer } from 'node:http';
import { type AddressInfo } from 'node:net';

export interface SnapshotServer {
  readonly url: string;
  /** Names of a collection's snapshots, oldest first. */
  names(collection: string): string[];
  stop(): void;
}

/** The part of a Qdrant node that snapshots need, behind an API key: collections, and what is made of them. */
export async function startSnapshotServer(
  apiKey: string,
  collections: readonly string[],
): Promise<SnapshotServer> {
  const snapshots = new Map(collections.map((name) => [name, [] as Snapshot[]]));
  let made = 0;
  const answer = (method: string, path: string): unknown => {
    const [, collection = '', name] =
      /^\/collections\/([^/]+)\/snapshots(?:\/([^/]+))?$/.exec(path) ?? [];
    const list = snapshots.get(collection);
    if (method === 'GET' && path === '/collections') {
      return { collections: collections.map((c) => ({ name: c })) };
    }
    if (!list) return undefined;
    if (method === 'GET') return list.toReversed();
    if (method === 'POST') {
      made += 1;
      const time = new Date(Date.UTC(2026, 0, made)).toISOString().slice(0, 19);
      const snapshot = { name: `${collection}-${made}.snapshot`, creation_time: time, size: 1 };
      list.push(snapshot);
      return snapshot;
    }
    const at = list.findIndex((snapshot) => snapshot.name === name);
    return method === 'DELETE' && at >= 0 ? list.splice(at, 1).length === 1 : undefined;
  };
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://node');
    const allowed = request.headers['api-key'] === apiKey;
    const result = allowed ? answer(request.method ?? '', pathname) : undefined;
    response.writeHead(allowed ? (result === undefined ? 404 : 200) : 403, {
      'content-type': 'application/json',
    });
    response.end(JSON.stringify({ result, status: 'ok', time: 0 }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    names: (collection) => snapshots.get(collection)!.map(({ name }) => name),
    stop: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

interface Snapshot {
  readonly name: string;
  readonly creation_time: string;
  readonly size: number;
}
