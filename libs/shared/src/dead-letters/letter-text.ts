import { parseStored } from '../contracts/parse-stored.js';
import { deadLetterSchema, type DeadLetter, type KeptLetter } from './dead-letter.js';

/**
 * A time as it stands in heads and in the index, which is sorted as text: as many digits as the clock has
 * until the year 2286.
 */
export function timeText(ms: number): string {
  return String(Math.max(0, ms)).padStart(13, '0');
}

/** What scripts read of a letter without parsing it: `TENANT CODE STAGE DIEDAT`. */
export function letterHead({ tenant, code, stage, diedAt }: DeadLetter): string {
  return `${tenant} ${code} ${stage} ${timeText(diedAt)}`;
}

/** Reads a letter as PUT_LETTER_SCRIPT keeps it: `HEAD REPLAYS OWNERS`, a line feed, JSON. */
export function parseKeptLetter(value: string): KeptLetter {
  const end = value.indexOf('\n');
  const [replays = '0', owners = '-'] = value.slice(0, end).split(' ').slice(4);
  return {
    ...parseStored(deadLetterSchema, value.slice(end + 1), 'a dead letter', 'ingest'),
    replays: Number(replays),
    imports: owners.split(',').filter((owner) => /^\d+$/.test(owner)),
  };
}
