import { z } from 'zod';
import { parseImportStatus, type ImportStatus } from '#shared/contracts/import-status.js';
import { type Outcome } from '#shared/contracts/outcome.js';
import { parseStored, storedDataDamaged } from '#shared/contracts/parse-stored.js';

/** Largest value of a Date, milliseconds since the epoch. */
const LATEST_INSTANT = 8.64e15;

const importErrorSchema = z.object({ code: z.string(), message: z.string() });
export type ImportError = Readonly<z.output<typeof importErrorSchema>>;

/** Outcomes of an earlier import that this import keeps. A `failed` image is tried again. */
export const FINAL_OUTCOMES = ['named', 'unknown', 'faceless', 'refused'] as const;
type FinalOutcome = (typeof FINAL_OUTCOMES)[number];

/** The hash importKeys.state(id). */
export interface ImportState {
  readonly id: string;
  readonly tenant: string;
  readonly store: string;
  readonly prefix: string;
  /** Only the object whose key is `prefix`. */
  readonly single: boolean;
  readonly space: string;
  readonly status: ImportStatus;
  /** Cursor of the next page; null for the first page. */
  readonly cursor: string | null;
  readonly listingDone: boolean;
  /** Number of pages counted in `listed` and `skipped`. */
  readonly pages: number;
  /** Number of images. */
  readonly listed: number;
  /** Number of objects that the import does not look at. */
  readonly skipped: number;
  /** The same by reason; without those that an older version skipped. */
  readonly skippedBy: Readonly<Record<string, number>>;
  readonly alreadyDone: Readonly<Record<FinalOutcome, number>>;
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
  readonly finishedAt: number | null;
  /** Why it failed or does not proceed. */
  readonly error: ImportError | null;
  readonly imagesPerSecond: number | null;
  /** When the rate was measured, milliseconds since the epoch. */
  readonly measuredAt: number;
}

/** The hash importKeys.counts(id), which the ledger writes. */
export interface ImportCounts extends Readonly<Record<Outcome | 'cancelled', number>> {
  readonly faces: number;
  /** Refused and failed images by error code, including images that an earlier import refused. */
  readonly problems: Readonly<Record<string, number>>;
}

export interface ImportProgress {
  readonly state: ImportState;
  readonly counts: ImportCounts;
}

export function parseState(hash: Readonly<Record<string, string>>): ImportState | null {
  if (hash.id === undefined) return null;
  const what = `import ${hash.id}`;
  const count = (name: string) => readNumber(hash, name, what);
  const status = parseImportStatus(hash.status);
  if (!status) throw storedDataDamaged(what, 'ingest');
  return {
    id: hash.id,
    tenant: hash.tenant ?? '',
    store: hash.store ?? '',
    prefix: hash.prefix ?? '',
    single: hash.single === '1',
    space: hash.space ?? '',
    status,
    cursor: hash.cursor ?? null,
    listingDone: hash.listingDone === '1',
    pages: count('pages'),
    listed: count('listed'),
    skipped: count('skipped'),
    skippedBy: countsByName(hash, SKIPPED),
    alreadyDone: {
      named: count('already:named'),
      unknown: count('already:unknown'),
      faceless: count('already:faceless'),
      refused: count('already:refused'),
    },
    startedAt: count('startedAt'),
    finishedAt: hash.finishedAt === undefined ? null : count('finishedAt'),
    error:
      hash.error === undefined ? null : parseStored(importErrorSchema, hash.error, what, 'ingest'),
    imagesPerSecond: hash.rate === undefined ? null : count('rate'),
    measuredAt: count('rateAt'),
  };
}

const SKIPPED = 'skipped:';
const PROBLEM = 'code:';

export function parseCounts(hash: Readonly<Record<string, string>>): ImportCounts {
  const count = (name: string) => readNumber(hash, name, 'counts of an import');
  return {
    named: count('named'),
    unknown: count('unknown'),
    faceless: count('faceless'),
    refused: count('refused'),
    failed: count('failed'),
    cancelled: count('cancelled'),
    faces: count('faces'),
    problems: countsByName(hash, PROBLEM),
  };
}

/** The fields whose name starts with `prefix`, by the rest of their name. */
function countsByName(
  hash: Readonly<Record<string, string>>,
  prefix: string,
): Record<string, number> {
  return Object.fromEntries(
    Object.entries(hash)
      .filter(([name]) => name.startsWith(prefix))
      .map(([name, value]) => [name.slice(prefix.length), Number(value)]),
  );
}

/** Reads a count, a rate or a time. */
function readNumber(hash: Readonly<Record<string, string>>, name: string, what: string): number {
  const number = Number(hash[name] ?? 0);
  if (number >= 0 && number <= LATEST_INSTANT) return number;
  throw storedDataDamaged(`${name} of ${what}`, 'ingest');
}

/** Number of images that got an outcome or were cancelled during this import. */
export function processed({ counts }: ImportProgress): number {
  const { named, unknown, faceless, refused, failed, cancelled } = counts;
  return named + unknown + faceless + refused + failed + cancelled;
}

/** Number of listed images without an outcome. */
export function pending(progress: ImportProgress): number {
  const { listed, alreadyDone } = progress.state;
  const before = FINAL_OUTCOMES.reduce((sum, outcome) => sum + alreadyDone[outcome], 0);
  // Outcomes of the current page may be counted before its images are counted as listed.
  return Math.max(0, listed - before - processed(progress));
}
