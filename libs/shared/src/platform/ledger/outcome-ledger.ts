import { type Redis } from 'ioredis';
import { type DeadLetter } from '../../contracts/dead-letter.js';
import { type MatchEvent } from '../../contracts/match-event.contract.js';
import {
  OUTCOME_LETTERS,
  parseLedgerEntry,
  type LedgerState,
  type Outcome,
} from '../../contracts/outcome.js';
import { countDeadLetter, countImage } from '../observability/metrics.js';
import { exportedTraceparent } from '../observability/tracing.js';
import { KEY_PREFIX } from '../queue/redis.js';
import { EVENT_STREAM, EVENT_STREAM_LENGTH } from './keys.js';
import { CLAIM_SCRIPT, FINISH_SCRIPT, RELEASE_SCRIPT, REOPEN_SCRIPT } from './ledger-scripts.js';
import {
  DEFAULT_LETTER_LIMITS,
  oldestKept,
  type LetterLimits,
  letterHead,
  timeText,
} from './letter-limits.js';

/** Owner of images that a camera waits for: no import's cancelling drops them. */
const CAMERA = 'c';

const IMPORTS = `${KEY_PREFIX}:import:`;

/** Entries of an import's log; counts stay exact past it. */
export const LOG_LENGTH = 100_000;

export interface FinishedImage {
  readonly imageId: string;
  readonly tenant: string;
  readonly key: string;
  readonly outcome: Outcome;
  /** Error code and message of a refused or failed image. */
  readonly error?: { readonly code: string; readonly message: string };
  /** Evidence of a refused or failed image, for whoever replays it: its id is the image's. */
  readonly letter?: DeadLetter;
  readonly faces: number;
  readonly events: readonly MatchEvent[];
}

interface LedgerCommands {
  ledgerClaim(keys: number, ...args: string[]): Promise<string[]>;
  ledgerFinish(keys: number, ...args: (string | number)[]): Promise<number>;
  ledgerRelease(keys: number, ...args: string[]): Promise<number>;
  ledgerReopen(keys: number, ...args: (string | number)[]): Promise<number>;
}

/**
 * Which images are pending or done, in Redis hashes small enough for the compact encoding:
 * about 30 bytes an image. Every step is one script, so it happens wholly or not at all, and
 * an image is finished (counted, its events put on the stream) exactly once.
 * The scripts touch keys of several slots: one Redis primary, not Redis Cluster.
 */
export class OutcomeLedger {
  private readonly commands: LedgerCommands;

  /** @param eventStreamLength entries that the stream of match events is trimmed to, about */
  constructor(
    private readonly redis: Redis,
    private readonly limits: LetterLimits = DEFAULT_LETTER_LIMITS,
    private readonly eventStreamLength = EVENT_STREAM_LENGTH,
  ) {
    redis.defineCommand('ledgerClaim', { lua: CLAIM_SCRIPT });
    redis.defineCommand('ledgerFinish', { lua: FINISH_SCRIPT });
    redis.defineCommand('ledgerRelease', { lua: RELEASE_SCRIPT });
    redis.defineCommand('ledgerReopen', { lua: REOPEN_SCRIPT });
    this.commands = redis as unknown as LedgerCommands;
  }

  /**
   * Claims images for an import: those `new` or `pending` must be put on the queue (adding twice is
   * adding once); their outcome will be counted for this import.
   * @param owner import id, or '' for a camera event
   */
  async claim(owner: string, imageIds: readonly string[]): Promise<LedgerState[]> {
    if (imageIds.length === 0) return [];
    const name = owner === '' ? CAMERA : owner;
    const entries = await this.commands.ledgerClaim(
      imageIds.length,
      ...imageIds.map(bucketKey),
      name,
      ...imageIds.map(field),
      ...imageIds,
    );
    return entries.map((entry) =>
      entry === '' ? { state: 'new' } : parseLedgerEntry(entry, name),
    );
  }

  /**
   * Records an image's outcome, counts it for every import that claimed it, emits its events, and writes
   * or removes its dead letter.
   * @returns false when the image was finished before; of one that failed again, the letter alone is new
   */
  async finish(image: FinishedImage): Promise<boolean> {
    const done = await this.commands.ledgerFinish(
      2,
      bucketKey(image.imageId),
      EVENT_STREAM,
      IMPORTS,
      field(image.imageId),
      image.outcome,
      OUTCOME_LETTERS[image.outcome],
      image.error?.code ?? '',
      JSON.stringify({
        key: image.key,
        outcome: image.outcome,
        ...(image.error && { code: image.error.code, message: image.error.message }),
      }),
      image.faces,
      LOG_LENGTH,
      this.eventStreamLength,
      image.imageId,
      image.letter ? letterHead(image.letter) : '',
      image.letter ? JSON.stringify(image.letter) : '',
      this.limits.most,
      oldestKept(this.limits, Date.now()),
      exportedTraceparent() ?? '',
      ...image.events.flatMap((event) => [event.data.tenant, JSON.stringify(event)]),
    );
    if (image.letter) countDeadLetter(image.letter);
    if (done === 1) countImage(image.outcome, image.tenant);
    return done === 1;
  }

  /**
   * Begins the replay of a dead letter: its image, if it is one's, may get another outcome. Safe to repeat.
   * @returns false when the letter is gone or another, or its image is being tried already
   */
  async reopen({ id, ofImage, diedAt }: DeadLetter): Promise<boolean> {
    const known = await this.commands.ledgerReopen(
      1,
      bucketKey(id),
      IMPORTS,
      ofImage ? field(id) : '',
      id,
      timeText(diedAt),
      this.limits.days * 24 * 3600,
    );
    return known === 1;
  }

  /** Whether an image is known and may still get another outcome. */
  async isOpen(imageId: string): Promise<boolean> {
    const entry = await this.redis.hget(bucketKey(imageId), field(imageId));
    return entry !== null && /^[pe]/.test(entry);
  }

  /** Whether an image has its final outcome. */
  async isFinished(imageId: string): Promise<boolean> {
    const entry = await this.redis.hget(bucketKey(imageId), field(imageId));
    return entry !== null && !/^[pe]/.test(entry);
  }

  /** Whether an import still waits for each of these images. */
  async awaited(owner: string, imageIds: readonly string[]): Promise<boolean[]> {
    const reads = this.redis.pipeline();
    for (const id of imageIds) reads.hget(bucketKey(id), field(id));
    const entries = (await reads.exec()) ?? [];
    return entries.map(([, entry]) => {
      const pending = typeof entry === 'string' && entry.startsWith('p');
      return pending && entry.slice(1).split(',').includes(owner);
    });
  }

  /**
   * Takes a cancelled import off a pending image and counts the image as cancelled for it.
   * @returns true when nobody else wants the image: the work can be dropped
   */
  async release(owner: string, imageId: string): Promise<boolean> {
    const left = await this.commands.ledgerRelease(
      1,
      bucketKey(imageId),
      IMPORTS,
      field(imageId),
      owner,
    );
    return left === 0;
  }
}

/** 2^18 buckets keep 30 million images under the 128 entries of the compact hash encoding. */
function bucketKey(imageId: string): string {
  const bucket = parseInt(imageId.slice(0, 5), 16) >> 2;
  return `${KEY_PREFIX}:ledger:${bucket.toString(36)}`;
}

function field(imageId: string): string {
  return Buffer.from(imageId.slice(5, 29), 'hex').toString('base64url');
}
