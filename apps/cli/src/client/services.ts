import { readFile } from 'node:fs/promises';
import path from 'node:path';
import pRetry from 'p-retry';
import { ApiClient } from '#shared/client/api-client.js';
import { PipelineError, usageError } from '#shared/contracts/pipeline-error.js';
import { type CliConfig } from '../cli.config.js';
import { RunningFile } from '../launcher/running-file.js';
import { type Stores } from '../launcher/stores.js';

const HINTS = {
  unauthorized: 'set SIGHTLINE_API_KEY to a key that the service knows',
  unreachable: 'start the services with: npm run sightline -- up',
};
const USUAL_INGEST_URL = 'http://127.0.0.1:7001';
const USUAL_MATCHER_URL = 'http://127.0.0.1:7003';

export interface Services {
  readonly ingest: ApiClient;
  readonly matcher: ApiClient;
  /** Stores of a launcher on this machine; empty when the services run elsewhere. */
  readonly stores: Stores;
}

/** The services of the settings, or those of the launcher on the data folder, or those at the usual ports. */
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
    new ApiClient({ service, url: urls[service], apiKey, hints: HINTS });
  return { ingest: client('ingest'), matcher: client('matcher'), stores };
}

/** Retries with growing pauses, while the error may pass. */
export function withRetries<T>(work: () => Promise<T>): Promise<T> {
  return pRetry(work, {
    retries: 3,
    minTimeout: 500,
    shouldRetry: ({ error }) => error instanceof PipelineError && error.retryable,
  });
}

/** A photograph on disk, to be uploaded. @throws PipelineError FILE_UNREADABLE */
export async function readPhotograph(file: string): Promise<File> {
  const bytes = await readFile(file).catch((error: unknown) => {
    throw usageError('FILE_UNREADABLE', `cannot read ${file}: ${(error as Error).message}`, error);
  });
  return new File([Uint8Array.from(bytes)], path.basename(file));
}
