import { existsSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { cliError } from '../cli-error.js';
import { type Stores } from './stores.js';

export interface ArchivePlace {
  readonly store: string;
  readonly prefix: string;
}

/**
 * Which store and prefix a place named on the command line is: a folder or s3:// URL inside a store
 * that the services know, or STORE[/PREFIX].
 * @throws PipelineError STORE_UNKNOWN
 */
export function resolveArchive(place: string, stores: Stores): ArchivePlace {
  const isUrl = /^(s3|file):\/\//.test(place);
  const [name = '', ...rest] = place.split('/');
  if (!isUrl && (Object.hasOwn(stores, name) || looksLikeName(place, stores))) {
    return { store: name, prefix: rest.join('/') };
  }
  const wanted = isUrl ? new URL(place) : pathToFileURL(path.resolve(place));
  for (const [store, text] of Object.entries(stores)) {
    const prefix = prefixInside(wanted, new URL(text));
    if (prefix !== null) return { store, prefix };
  }
  throw cliError(
    'STORE_UNKNOWN',
    `the running services know no store that holds ${place}; stop them and start them with: ` +
      `npm run sightline -- up --archive ${place}`,
  );
}

/** Services elsewhere tell us no stores; then a plain word that is no path is taken for a store. */
function looksLikeName(place: string, stores: Stores): boolean {
  const somewhereElse = Object.keys(stores).length === 0;
  return somewhereElse && /^[a-z0-9]/.test(place) && !existsSync(path.resolve(place));
}

function prefixInside(wanted: URL, root: URL): string | null {
  if (wanted.protocol !== root.protocol || wanted.host !== root.host) return null;
  if (wanted.search !== '' && wanted.search !== root.search) return null;
  const rootPath = root.pathname.endsWith('/') ? root.pathname : `${root.pathname}/`;
  const wantedPath = wanted.pathname === '' ? '/' : wanted.pathname;
  if (wantedPath === rootPath || `${wantedPath}/` === rootPath) return '';
  if (!wantedPath.startsWith(rootPath)) return null;
  const prefix = decodeURIComponent(wantedPath.slice(rootPath.length));
  return wanted.protocol === 'file:' && !prefix.endsWith('/') ? `${prefix}/` : prefix;
}
