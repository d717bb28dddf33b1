import { type Outcome } from '#shared/outcomes/outcome.js';

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

export interface ImportError {
  readonly code: string;
  readonly message: string;
}

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
  return {
    id: hash.id,
    tenant: hash.tenant ?? '',
    store: hash.store ?? '',
    prefix: hash.prefix ?? '',
    space: hash.space ?? '',
    status: hash.status as ImportStatus,
    cursor: hash.cursor ?? null,
    listingDone: hash.listingDone === '1',
    pages: Number(hash.pages ?? 0),
    listed: Number(hash.listed ?? 0),
    skipped: Number(hash.skipped ?? 0),
    alreadyDone: {
      named: Number(hash['already:named'] ?? 0),
      unknown: Number(hash['already:unknown'] ?? 0),
      faceless: Number(hash['already:faceless'] ?? 0),
      refused: Number(hash['already:refused'] ?? 0),
    },
    startedAt: Number(hash.startedAt ?? 0),
    finishedAt: hash.finishedAt === undefined ? null : Number(hash.finishedAt),
    error: hash.error === undefined ? null : (JSON.parse(hash.error) as ImportError),
    imagesPerSecond: hash.rate === undefined ? null : Number(hash.rate),
    measuredAt: Number(hash.rateAt ?? 0),
  };
}

const PROBLEM = 'code:';

export function parseCounts(hash: Readonly<Record<string, string>>): ImportCounts {
  const count = (name: string) => Number(hash[name] ?? 0);
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
