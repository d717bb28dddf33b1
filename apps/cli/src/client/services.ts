import { readFile } from 'node:fs/promises';
import path from 'node:path';
import pRetry from 'p-retry';
import { ApiClient } from '#shared/client/api-client.js';
import { PipelineError, usageError } from '#shared/contracts/pipeline-error.js';
import { STANDALONE } from '#shared/contracts/launcher-message.js';
import { type CliConfig } from '../cli.config.js';
import { type RunningServices } from '../launcher/launcher.js';
import { RunningFile } from '../launcher/running-file.js';
import { readStores, type Stores } from '../launcher/stores.js';

const HINTS = {
  unauthorized: 'set SIGHTLINE_API_KEY to a key that the service knows',
  unreachable: 'start the services with: npm run sightline -- up',
  otherInstance:
    'set SIGHTLINE_DATA_DIR to the data folder of the services that you want to use, or start them with: npm run sightline -- up',
};
const USUAL_INGEST_URL = 'http://127.0.0.1:7001';
const USUAL_MATCHER_URL = 'http://127.0.0.1:7003';

export interface Services {
  readonly ingest: ApiClient;
  readonly matcher: ApiClient;
  /** Stores of a launcher on this machine; empty when the services run elsewhere. */
  readonly stores: Stores;
  /** Data folder of a launcher on this machine; undefined when the services run elsewhere. */
  readonly dataDir: string | undefined;
}

/** The services of the settings, or those of the launcher on the data folder, or those at the usual ports. */
export async function findServices(config: CliConfig): Promise<Services> {
  const dataDir = path.resolve(config.SIGHTLINE_DATA_DIR);
  const running = await RunningFile.at(dataDir).readLive();
  const urls = running?.urls ?? { ingest: USUAL_INGEST_URL, matcher: USUAL_MATCHER_URL };
  // At the usual ports may be the services of a launcher on another data folder.
  const instance = running?.urls ? running.instance : STANDALONE;
  return {
    ingest: client('ingest', { url: urls.ingest, instance }, config, config.SIGHTLINE_INGEST_URL),
    matcher: client(
      'matcher',
      { url: urls.matcher, instance },
      config,
      config.SIGHTLINE_MATCHER_URL,
    ),
    stores: running ? await readStores(dataDir) : {},
    dataDir: running ? dataDir : undefined,
  };
}

/** The services of this process's launcher. */
export function connectServices(
  { urls, instance }: RunningServices,
  config: Pick<CliConfig, 'SIGHTLINE_API_KEY'>,
  stores: Stores,
  dataDir: string,
): Services {
  return {
    ingest: client('ingest', { url: urls.ingest, instance }, config),
    matcher: client('matcher', { url: urls.matcher, instance }, config),
    stores,
    dataDir,
  };
}

/** @param chosenUrl that the user chose, whatever installation is there */
function client(
  service: 'ingest' | 'matcher',
  found: { readonly url: string; readonly instance: string },
  { SIGHTLINE_API_KEY: apiKey }: Pick<CliConfig, 'SIGHTLINE_API_KEY'>,
  chosenUrl?: string,
): ApiClient {
  const target = chosenUrl === undefined ? found : { url: chosenUrl };
  return new ApiClient({ service, ...target, apiKey, hints: HINTS });
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
