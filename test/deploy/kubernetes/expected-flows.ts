/** All connections that are allowed. `internet` stands for public addresses: object storage and webhooks. */
export const FLOWS = [
  'client → dns:53',
  'client → ingest:7001',
  'client → matcher:7003',
  'embedder → dns:53',
  'embedder → internet:443',
  'embedder → redis:6379',
  'ingest → dns:53',
  'ingest → internet:443',
  'ingest → redis:6379',
  'ingress controller → ingest:7001',
  'ingress controller → matcher:7003',
  'keda → ingest:7001',
  'matcher → dns:53',
  'matcher → internet:443',
  'matcher → qdrant:6333',
  'matcher → redis:6379',
  'monitoring → embedder:7002',
  'monitoring → ingest:7001',
  'monitoring → matcher:7003',
  'monitoring → qdrant:6333',
  'qdrant → dns:53',
  'qdrant → qdrant:6335',
  'qdrant-snapshots → dns:53',
  'qdrant-snapshots → qdrant:6333',
  'redis → dns:53',
  'stranger inside → dns:53',
];

/** With the nightly job that deletes old sightings. */
export const PRODUCTION_FLOWS = [...FLOWS, 'retention → dns:53', 'retention → matcher:7003'].sort();

/** Additional connections to a trace collector. */
export const TRACING_FLOWS = [
  'embedder → monitoring:4318',
  'ingest → monitoring:4318',
  'matcher → monitoring:4318',
];

/** With an S3 server in the cluster. */
export const DEV_FLOWS = [
  ...FLOWS,
  'buckets → dns:53',
  'buckets → s3:8333',
  'embedder → s3:8333',
  'ingest → s3:8333',
  'matcher → s3:8333',
  's3 → dns:53',
].sort();
