import { encodeEmbedding } from '#shared/contracts/embedding.js';
import { embedJob, imageLetter } from '../support/dead-letters.js';
import { matchEvent } from '../support/match-events.js';
import { TEST_MANIFEST } from '../support/test-pack.js';

const ID = '0123456789abcdef0123456789abcdef';
const image = { store: 'archive', key: '2024/a b.jpg', version: 'abc-123' };
const box = { x: 1.5, y: 2, width: 30, height: 40 };
const space = 'test@1+none';
const point = [1, 2];
const face = {
  faceId: ID,
  box,
  landmarks: [point, point, point, point, point],
  detectionScore: 0.9,
  quality: 0.5,
  embedding: encodeEmbedding(Float32Array.of(0.6, 0.8)),
};
const common = {
  v: 1,
  tenant: 'acme',
  image,
  space,
  lane: 'archive',
  source: { kind: 'import', importId: '7' },
  observedAt: '2024-05-06T07:08:09+02:00',
};

/** A valid example for each parser. */
export const examples = {
  embedImage: { ...common, deadline: 1_700_000_000_000 },
  embedImageResult: {
    imageId: ID,
    width: 640,
    height: 480,
    faces: [face],
    unusable: [{ box, reason: 'small' }],
  },
  matchFaces: {
    ...common,
    v: 2,
    incomplete: false,
    imageId: ID,
    width: 640,
    height: 480,
    faces: [face],
  },
  matchEvent: matchEvent('a.jpg', { person: { personId: 'ada', name: 'Ada', score: 0.9 } }),
  deliverWebhook: { v: 1, hook: 'ops', event: matchEvent('a.jpg') },
  rebuildPerson: { v: 1, tenant: 'acme', personId: 'ada' },
  manifest: TEST_MANIFEST,
  embedding: face.embedding,
  startImport: { store: 'archive', prefix: '2024/' },
  listQuery: { cursor: '12', limit: '50' },
  imagesQuery: { cursor: '1700000000000-0', limit: '100' },
  cameraEvent: {
    cameraId: 'door 1',
    observedAt: '2024-05-06T07:08:09Z',
    image: { store: 'archive', key: 'a.jpg' },
  },
  sightingsQuery: {
    store: 'archive',
    personId: 'ada',
    cameraId: 'door',
    cursor: ID,
    limit: '10',
    from: '2024-05-06T07:08:09Z',
    to: '2025-05-06T07:08:09Z',
  },
  importState: {
    id: '7',
    tenant: 'acme',
    store: 'archive',
    prefix: '',
    space,
    status: 'running',
    cursor: 'a.jpg',
    listingDone: '1',
    pages: '2',
    listed: '10',
    skipped: '1',
    startedAt: '1700000000000',
    finishedAt: '1700000000001',
    rate: '1.5',
    rateAt: '17',
    error: '{"code":"STORE_UNAVAILABLE","message":"away"}',
  },
  pagePlan: { images: [['a.jpg', '1', '2024-05-06T07:08:09Z']], skipped: 1, cursor: null },
  letters: { code: 'DECODE_FAILED', stage: 'decode', import: '1', limit: '5' },
  loggedImage: { key: 'a.jpg', outcome: 'refused', code: 'DECODE_FAILED', message: 'broken' },
  person: { name: 'Ada', createdAt: '2024-05-06T07:08:09Z' },
  sighting: {
    id: ID,
    tenant: 'acme',
    imageId: ID,
    image,
    width: 640,
    height: 480,
    box,
    source: { kind: 'query' },
    cameraId: null,
    observedAt: 1,
    detectionScore: 1,
    quality: 1,
    personId: null,
    score: null,
    metric: 'cosine',
    decidedAt: 1,
  },
  template: {
    id: ID,
    tenant: 'acme',
    personId: 'ada',
    faceId: ID,
    image,
    box,
    quality: 1,
    enrolledAt: 1,
    statistics: { normalisation: 'x', mean: 0, deviation: 1 },
  },
  readiness: {
    status: 'not ready',
    checks: [{ name: 'redis', ok: false, reason: 'no answer', lasting: false }],
  },
  identification: {
    width: 1,
    height: 1,
    space,
    metric: 'cosine',
    threshold: 0.5,
    thresholdBasis: 'measured',
    faces: [
      {
        faceId: ID,
        box,
        detectionScore: 1,
        quality: 1,
        decision: 'person',
        reason: null,
        threshold: 0.5,
        thresholdBasis: 'measured',
        candidates: [],
      },
    ],
    unusable: [],
  },
  settings: {
    REDIS_URL: 'redis://me:secret@host:6379/0',
    STORES: 'uploads=file:///srv/up%20loads archive=s3://b/p?endpoint=http://h:9000&pathStyle=true',
    API_KEYS: '0123456789abcdef:acme,fedcba9876543210:other',
    WEBHOOKS: JSON.stringify([
      { name: 'ops', url: 'https://ops.example/hook', secret: `whsec_${'A'.repeat(32)}` },
    ]),
    ALLOW_INTERNAL_ADDRESSES: '10.0.0.0/8,minio,fd00::1',
    PORT: '7001',
    QDRANT_URL: 'https://qdrant.example:6333',
  },
};

const letter = JSON.stringify(imageLetter(embedJob('a.jpg'), undefined, 1_700_000_000_000));

export const textExamples = {
  s3Url: 's3://bucket/a%20b/c?endpoint=http://host:9000&region=us-east-1&pathStyle=true',
  folderUrl: 'file:///srv/up%20loads/été',
  key: 'folder/sub folder/été.jpg',
  cursor: ID,
  deadLetter: `default DECODE_FAILED decode 1700000000000 0 7\n${letter}`,
  ledgerEntry: 'r12,13:DECODE_FAILED',
  jobFailure: 'DECODE_FAILED [decode/quarantine/422] the image is broken',
  secrets: 'redis://me:secret@host and whsec_abc in {"secret":"x"} https://u:p@h/',
  eventStream: `id: 1-0\ndata: ${JSON.stringify(matchEvent('a.jpg'))}\n\n: still here\n\n`,
};
