/** Final result of an image. `failed` may be tried again by a later import; the others are final. */
export const OUTCOMES = ['named', 'unknown', 'faceless', 'refused', 'failed'] as const;
export type Outcome = (typeof OUTCOMES)[number];

/** One letter each, because the ledger holds millions of them. */
export const OUTCOME_LETTERS: Readonly<Record<Outcome, string>> = {
  named: 'n',
  unknown: 'u',
  faceless: 'f',
  refused: 'r',
  failed: 'e',
};

const BY_LETTER = new Map(OUTCOMES.map((outcome) => [OUTCOME_LETTERS[outcome], outcome]));

/** State of an image in the ledger when an import lists it. */
export type LedgerState =
  | { readonly state: 'new' }
  | { readonly state: 'pending' }
  /** `mine`: this import had claimed the image, so its outcome is counted already. */
  | {
      readonly state: 'done';
      readonly outcome: Outcome;
      readonly code: string | null;
      readonly mine: boolean;
    };

/**
 * Reads a ledger entry: a letter, the owners, and `:CODE` if there is an error code. The letter is one of
 * OUTCOME_LETTERS, or `p` for pending. Owners are import ids, or `c` for a camera, joined by ','.
 */
export function parseLedgerEntry(entry: string, owner: string): LedgerState {
  const letter = entry.slice(0, 1);
  const [owners = '', code] = entry.slice(1).split(':');
  const outcome = BY_LETTER.get(letter);
  if (!outcome) return { state: 'pending' };
  return { state: 'done', outcome, code: code ?? null, mine: owners.split(',').includes(owner) };
}
