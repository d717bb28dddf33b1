import { type z } from 'zod';
import { manifestSchema } from '#models/packs/manifest.js';
import { errorFromResponse } from '#shared/client/api-client.js';
import { readEventStream } from '#shared/client/event-stream.js';
import { deliverWebhookContract } from '#shared/contracts/deliver-webhook.contract.js';
import { embedImageContract } from '#shared/contracts/embed-image.contract.js';
import { decodeEmbedding, encodedEmbeddingSchema } from '#shared/contracts/embedding.js';
import { cameraEventsHttp } from '#shared/contracts/http/camera-events.http.js';
import { deadLettersHttp } from '#shared/contracts/http/dead-letters.http.js';
import { readinessSchema } from '#shared/contracts/http/health.http.js';
import { importsHttp } from '#shared/contracts/http/imports.http.js';
import { personIdSchema, personNameSchema } from '#shared/contracts/http/people.http.js';
import { identificationSchema } from '#shared/contracts/http/recognition.http.js';
import { sightingsHttp } from '#shared/contracts/http/sightings.http.js';
import { matchEventSchema } from '#shared/contracts/match-event.contract.js';
import { matchFacesContract } from '#shared/contracts/match-faces.contract.js';
import { parseLedgerEntry } from '#shared/contracts/outcome.js';
import { parseStored } from '#shared/contracts/parse-stored.js';
import { type QueueContract } from '#shared/contracts/queue-contract.js';
import { redact } from '#shared/contracts/redact.js';
import { parseRequest } from '#shared/platform/http/route.js';
import { parseKeptLetter } from '#shared/platform/ledger/letter-limits.js';
import { AddressPolicy } from '#shared/platform/net/address-policy.js';
import { parseJobFailure } from '#shared/platform/queue/job-handler.js';
import { secretValues } from '#shared/platform/settings/secret-values.js';
import { assertFolderKey, assertFolderPrefix } from '#shared/platform/storage/folder-walk.js';
import { openStore } from '#shared/platform/storage/open-stores.js';
import { embedderConfigSchema } from '../../apps/embedder/src/embedder.config.js';
import { parseLogged } from '../../apps/ingest/src/imports/import-repository.js';
import { parseCounts, parseState } from '../../apps/ingest/src/imports/import-state.js';
import { importView } from '../../apps/ingest/src/imports/import-view.js';
import { pagePlanSchema } from '../../apps/ingest/src/imports/plan-page.js';
import { ingestConfigSchema } from '../../apps/ingest/src/ingest.config.js';
import { parseEntries } from '../../apps/matcher/src/events/event-log.js';
import { rebuildPersonContract } from '../../apps/matcher/src/gallery/rebuild-person.contract.js';
import { matcherConfigSchema } from '../../apps/matcher/src/matcher.config.js';
import { sightingFilter } from '../../apps/matcher/src/sightings/sightings.controller.js';
import { parseSighting, parseTemplate } from '../../apps/matcher/src/vectors/vector-store.port.js';
import { parseCursor } from '../../apps/matcher/src/vectors/vector-store.port.js';
import { examples, textExamples } from './payload-examples.js';

/** A parser of external input. */
export type PayloadTarget =
  | { readonly name: string; readonly example: unknown; parse(value: unknown): unknown }
  /** `text`: the parser receives a mutated text of the example. */
  | { readonly name: string; readonly text: string; parse(text: string): unknown };

const WEBHOOK = deliverWebhookContract('ops', { attempts: 1, backoffMs: 1 });

export const payloadTargets: readonly PayloadTarget[] = [
  queue('embed-image', embedImageContract, examples.embedImage),
  queue('match-faces', matchFacesContract, examples.matchFaces),
  queue('deliver-webhook', WEBHOOK, examples.deliverWebhook),
  queue('rebuild-person', rebuildPersonContract('test@1+none'), examples.rebuildPerson),
  schema('embed-image result', embedImageContract.result, examples.embedImageResult),
  schema('match event', matchEventSchema, examples.matchEvent),
  schema('manifest', manifestSchema, examples.manifest),
  request('start import', importsHttp.start.body, examples.startImport),
  request('list of imports', importsHttp.list.query, examples.listQuery),
  request('list of images', importsHttp.images.query, examples.imagesQuery),
  request('camera event', cameraEventsHttp.add.body, examples.cameraEvent),
  request('person id', personIdSchema, 'ada'),
  request('person name', personNameSchema, 'Ada Lovelace'),
  {
    name: 'sightings query',
    example: examples.sightingsQuery,
    parse(value: unknown) {
      const { query } = sightingsHttp.list;
      const filter = sightingFilter(parseRequest(query, value) as z.output<typeof query>);
      for (const at of [filter.from, filter.to]) {
        if (at !== undefined && !Number.isFinite(at)) throw new TypeError(`no time: ${at}`);
      }
    },
  },
  {
    name: 'embedding',
    text: examples.embedding,
    parse: (text: string) => decodeEmbedding(encodedEmbeddingSchema.parse(text), 2),
  },
  settings('ingest settings', ingestConfigSchema),
  settings('embedder settings', embedderConfigSchema),
  settings('matcher settings', matcherConfigSchema),
  {
    name: 'import hash',
    example: examples.importState,
    parse(value: unknown) {
      const hash = strings(value);
      const state = parseState(hash);
      return state && importView({ state, counts: parseCounts(hash) }, Date.now());
    },
  },
  stored('page plan', examples.pagePlan, (text) => {
    parseStored(pagePlanSchema, text, 'a page', 'ingest');
  }),
  stored('log of an import', examples.loggedImage, (text) => parseLogged('an entry', text)),
  stored('manifest file', examples.manifest, (text) => {
    parseStored(manifestSchema, text, 'a manifest', 'models');
  }),
  stored('stream entry', examples.matchEvent, (text) => {
    parseEntries([['1-0', ['tenant', 'acme', 'event', text]]]);
  }),
  { name: 'dead letter', text: textExamples.deadLetter, parse: parseKeptLetter },
  request('list of dead letters', deadLettersHttp.list.query, examples.letters),
  request('choice of dead letters', deadLettersHttp.replay.body, {
    code: 'DECODE_FAILED',
    import: '1',
  }),
  { name: 'sighting record', example: examples.sighting, parse: parseSighting },
  { name: 'template record', example: examples.template, parse: parseTemplate },
  ...[textExamples.s3Url, textExamples.folderUrl].map((text) => ({
    name: 'store URL',
    text,
    parse: (url: string) => {
      if (URL.canParse(url) && /^(file|s3):/.test(url))
        openStore(new URL(url), new AddressPolicy([]));
    },
  })),
  { name: 'object key', text: textExamples.key, parse: assertFolderKey },
  { name: 'object prefix', text: textExamples.key, parse: assertFolderPrefix },
  { name: 'cursor', text: textExamples.cursor, parse: parseCursor },
  {
    name: 'ledger entry',
    text: textExamples.ledgerEntry,
    parse: (text: string) => parseLedgerEntry(text, '12'),
  },
  {
    name: 'job failure',
    text: textExamples.jobFailure,
    parse: (text: string) => parseJobFailure(text, 'embed'),
  },
  {
    name: 'text with secrets',
    text: textExamples.secrets,
    parse: (text: string) => [redact(text), secretValues({ WEBHOOKS: text, API_KEYS: text })],
  },
  schema('readiness', readinessSchema, examples.readiness),
  schema('identification', identificationSchema, examples.identification),
  stored('error answer', { error: { code: 'X', message: 'y', details: {} } }, (text) =>
    errorFromResponse(new Response(text, { status: 500 }), 'matcher'),
  ),
  {
    name: 'server-sent events',
    text: textExamples.eventStream,
    async parse(text: string) {
      const body = (async function* () {
        for (let at = 0; at < text.length; at += 1_000) {
          yield await Promise.resolve(Buffer.from(text.slice(at, at + 1_000)));
        }
      })();
      for await (const { data } of readEventStream(body)) {
        parseStored(matchEventSchema, data, 'an event', 'query');
      }
    },
  },
];

/** Parses a job's data as a worker does before it calls the handler. */
function queue<Payload, Result>(
  name: string,
  contract: QueueContract<Payload, Result>,
  example: unknown,
): PayloadTarget {
  const parse = (value: unknown) => {
    const payload = contract.payload.parse(value);
    contract.jobId(payload);
    contract.priority(payload);
    contract.keepCompleted(payload);
    // The text form that Redis returns.
    contract.payload.parse(JSON.parse(JSON.stringify(payload)));
  };
  return { name, example, parse };
}

function schema(name: string, of: z.ZodType, example: unknown): PayloadTarget {
  return { name, example, parse: (value: unknown) => of.parse(value) };
}

function request(name: string, of: z.ZodType, example: unknown): PayloadTarget {
  return { name, example, parse: (value: unknown) => parseRequest(of, value) };
}

/** Parses settings as loadConfig does, but does not register secrets for redaction. */
function settings(name: string, of: z.ZodType): PayloadTarget {
  const parse = (value: unknown) => {
    const environment = strings(value);
    secretValues(environment);
    return of.parse(environment);
  };
  return { name, example: examples.settings, parse };
}

function stored(name: string, example: unknown, parse: (text: string) => unknown): PayloadTarget {
  return { name, text: JSON.stringify(example), parse };
}

/** Converts values to the strings of an environment or a Redis hash. */
function strings(value: unknown): Record<string, string> {
  if (typeof value !== 'object' || value === null) return {};
  return Object.fromEntries(
    Object.entries(value).map(([name, field]) => [
      name,
      typeof field === 'string' ? field : JSON.stringify([field]),
    ]),
  );
}
