import path from 'node:path';
import { type CliConfig } from '../cli.config.js';
import { RunningFile } from '../launcher/running-file.js';
import { type Stores } from '../launcher/stores.js';
import { ApiClient } from './api-client.js';
import { DeadLettersApi } from './dead-letters-api.js';
import { IngestApi } from './ingest-api.js';
import { MatcherApi } from './matcher-api.js';

const USUAL_INGEST_URL = 'http://127.0.0.1:7001';
const USUAL_MATCHER_URL = 'http://127.0.0.1:7003';

export interface Services {
  readonly ingest: IngestApi;
  readonly matcher: MatcherApi;
  readonly deadLetters: DeadLettersApi;
  /** Stores of a launcher on this machine; empty when the services run elsewhere. */
  readonly stores: Stores;
}

/** The services by settings, else those of the launcher on the data folder, else at the usual ports. */
export async function findServices(config: CliConfig): Promise<Services> {
  const dataDir = path.resolve(config.SIGHTLINE_DATA_DIR);
  const running = await RunningFile.at(dataDir).readLive();
  return connectServices(
    {
      ingest: config.SIGHTLINE_INGEST_URL ?? running?.urls?.ingest ?? USUAL_INGEST_URL,
      matcher: config.SIGHTLINE_MATCHER_URL ?? running?.urls?.matcher ?? USUAL_MATCHER_URL,
    },
    config.SIGHTLINE_API_KEY,
    running?.stores ?? {},
  );
}

export function connectServices(
  urls: { readonly ingest: string; readonly matcher: string },
  apiKey: string | undefined,
  stores: Stores,
): Services {
  const client = (service: 'ingest' | 'matcher') =>
    new ApiClient({ service, url: urls[service], apiKey });
  return {
    ingest: new IngestApi(client('ingest')),
    matcher: new MatcherApi(client('matcher')),
    deadLetters: new DeadLettersApi(client('ingest')),
    stores,
  };
}
