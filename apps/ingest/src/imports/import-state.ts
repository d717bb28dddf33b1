import { z } from 'zod';
import { type Outcome } from '#shared/contracts/outcome.js';
import { parseStored, storedDataDamaged } from '#shared/contracts/parse-stored.js';

/** Of a Date, milliseconds since the epoch. */
const LATEST_INSTANT = 8.64e15;

export const IMPORT_STATUSES = [
  /** Objects are still being listed. */
  'listing',
  /** All are listed; some have no outcome yet. */
  'running',
  'paused',
  'cancelled',
  'done',
  'failed',
] as const;
export type ImportStatus = (typeof IMPORT_STATUSES)[number];

const importErrorSchema = z.object({ code: z.string(), message: z.string() });
export type ImportError = Readonly<z.output<typeof importErrorSchema>>;

/** Outcomes that an earlier import may have found; `failed` is tried again. */
export const FINAL_OUTCOMES = ['named', 'unknown', 'faceless', 'refused'] as const;
type FinalOutcome = (typeof FINAL_OUTCOMES)[number];

/** The hash importKeys.state(id). The embedder reads `status`. */
export interface ImportState {
  readonly id: string;
  readonly tenant: string;
  readonly store: string;
  readonly prefix: string;
  readonly space: string;
  readonly status: ImportStatus;
  /** Cursor of the next page; null at the beginning. */
  readonly cursor: string | null;
  readonly listingDone: boolean;
  /** Pages that are counted in `listed` and `skipped`. */
  readonly pages: number;
  readonly listed: number;
  readonly skipped: number;
  readonly alreadyDone: Readonly<Record<FinalOutcome, number>>;
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
  readonly finishedAt: number | null;
  /** Why it failed, or what it waits for. */
  readonly error: ImportError | null;
  readonly imagesPerSecond: number | null;
  /** When that was measured, milliseconds since the epoch. */
  readonly measuredAt: number;
}

/** The hash importKeys.counts(id), which the ledger writes. */
export interface ImportCounts extends Readonly<Record<Outcome | 'cancelled', number>> {
  readonly faces: number;
  /** Refused and failed images by error code, those that an earlier import refused among them. */
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
  const status = IMPORT_STATUSES.find((known) => known === hash.status);
  if (!status) throw storedDataDamaged(what, 'ingest');
  return {
    id: hash.id,
    tenant: hash.tenant ?? '',
    store: hash.store ?? '',
    prefix: hash.prefix ?? '',
    space: hash.space ?? '',
    status,
    cursor: hash.cursor ?? null,
    listingDone: hash.listingDone === '1',
    pages: count('pages'),
    listed: count('listed'),
    skipped: count('skipped'),
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
    problems: Object.fromEntries(
      Object.entries(hash)
        .filter(([name]) => name.startsWith(PROBLEM))
        .map(([name, value]) => [name.slice(PROBLEM.length), Number(value)]),
    ),
  };
}

/** Counts, rates and instants alike. */
function readNumber(hash: Readonly<Record<string, string>>, name: string, what: string): number {
  const number = Number(hash[name] ?? 0);
  if (number >= 0 && number <= LATEST_INSTANT) return number;
  throw storedDataDamaged(`${name} of ${what}`, 'ingest');
}

/** Images that got their outcome, or were cancelled, while this import ran. */
export function processed({ counts }: ImportProgress): number {
  const { named, unknown, faceless, refused, failed, cancelled } = counts;
  return named + unknown + faceless + refused + failed + cancelled;
}

/** Listed images without an outcome. */
export function pending(progress: ImportProgress): number {
  const { listed, alreadyDone } = progress.state;
  const before = FINAL_OUTCOMES.reduce((sum, outcome) => sum + alreadyDone[outcome], 0);
  // Images of the page in hand may be counted before they are listed.
  return Math.max(0, listed - before - processed(progress));
}
