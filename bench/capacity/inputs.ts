/** An input of the plan. */
export interface Input {
  readonly value: number;
  readonly unit: string;
  /** The document with the measurement, `arithmetic` for a calculation, or `assumed`. */
  readonly source: string;
  readonly what: string;
}

export const INPUTS = {
  imageCpu: {
    value: 26,
    unit: 'ms',
    source: 'docs/decisions/004-inference-threads.md',
    what: 'CPU of an image besides embedding its faces, all services: 54 images/s on 2 cores with 1.2 faces each',
  },
  faceCpu: {
    value: 8.8,
    unit: 'ms',
    source: 'docs/decisions/001-default-model-pack.md',
    what: 'CPU of embedding a face, default pack: 113 faces/s on a core',
  },
  gpuFaces: {
    value: 1_000,
    unit: 'faces/s',
    source: 'assumed',
    what: 'a GPU: none was at hand; docs/gpu-bench.md measures yours',
  },
  restCpu: {
    value: 3.2,
    unit: 'ms',
    source: 'docs/scaling.md',
    what: 'CPU of an image besides networks and decoding: embedder, matcher, ingest, Redis, Qdrant double',
  },
  redisImage: {
    value: 416,
    unit: 'µs',
    source: 'docs/scaling.md',
    what: 'Redis, an image without its faces, the most: one command after the other',
  },
  redisFace: {
    value: 14,
    unit: 'µs',
    source: 'docs/scaling.md',
    what: 'Redis, each face of it: 139 µs with one, 409 with 20, without waiting',
  },
  redisImageBytes: {
    value: 6_605,
    unit: 'bytes',
    source: 'docs/scaling.md',
    what: 'to and from Redis, an image without faces',
  },
  redisFaceBytes: {
    value: 6_881,
    unit: 'bytes',
    source: 'docs/scaling.md',
    what: 'to and from Redis, each face: 144,220 with 20 of them',
  },
  ledgerBase: {
    value: 19,
    unit: 'MiB',
    source: 'docs/soak.md',
    what: 'empty buckets of the ledger',
  },
  ledgerImage: {
    value: 28,
    unit: 'MiB a million',
    source: 'docs/soak.md',
    what: 'an image in a bucket of up to 128',
  },
  ledgerHashImage: {
    value: 85,
    unit: 'bytes',
    source: 'docs/capacity.md',
    what: 'an image in a larger bucket, which Redis stores as a hash table',
  },
  redisRest: {
    value: 600,
    unit: 'MiB',
    source: 'docs/soak.md',
    what: 'queues, events, letters, logs at their limits, one tenant',
  },
  payload: {
    value: 480,
    unit: 'bytes',
    source: 'docs/capacity.md',
    what: 'payload of a sighting as JSON, with a key of 60 characters',
  },
  graph: {
    value: 140,
    unit: 'bytes',
    source: 'arithmetic',
    what: 'HNSW links of a point: 32 of 4 bytes in the lowest layer (m = 16), and a tenth above it',
  },
  indexes: {
    value: 150,
    unit: 'bytes',
    source: 'assumed',
    what: 'six payload indexes and the id of a point, in memory',
  },
  objectBytes: {
    value: 500_000,
    unit: 'bytes',
    source: 'assumed',
    what: 'an image file',
  },
  corePrice: {
    value: 0.04,
    unit: 'an hour',
    source: 'assumed',
    what: 'example price of a core',
  },
  gpuPrice: { value: 1, unit: 'an hour', source: 'assumed', what: 'example price of a GPU' },
  nodeMemory: { value: 128, unit: 'GiB', source: 'assumed', what: 'memory of a Qdrant node' },
} as const satisfies Record<string, Input>;
