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
import { LuaScript } from '../redis/lua-script.js';
import { EVENT_STREAM, EVENT_STREAM_LENGTH } from './keys.js';
import {
  DEFAULT_LETTER_LIMITS,
  oldestKept,
  type LetterLimits,
  letterHead,
  timeText,
} from './letter-limits.js';

/** Owner of images of a camera. Cancelling an import does not drop these images. */
const CAMERA = 'c';

const IMPORTS = `${KEY_PREFIX}:import:`;

/** Maximum number of log entries of an import; its counts stay exact beyond it. */
export const LOG_LENGTH = 100_000;

export interface FinishedImage {
  readonly imageId: string;
  readonly tenant: string;
  readonly key: string;
  readonly outcome: Outcome;
  /** Error code and message of a refused or failed image. */
  readonly error?: { readonly code: string; readonly message: string };
  /** Dead letter of a refused or failed image, for a replay. Its id is the image id. */
  readonly letter?: DeadLetter;
  readonly faces: number;
  readonly events: readonly MatchEvent[];
}

const claimImages = new LuaScript<string[]>(import.meta.dirname, 'lua/claim-images.lua');
const finishImage = new LuaScript<number>(import.meta.dirname, 'lua/finish-image.lua');
const reopenImage = new LuaScript<number>(import.meta.dirname, 'lua/reopen-image.lua');
const releaseImage = new LuaScript<number>(import.meta.dirname, 'lua/release-image.lua');

/**
 * Records which images are pending or done, in Redis hashes that are small enough for the compact encoding:
 * about 30 bytes an image. Every step is one script, so it is atomic, and an image is finished (counted, its
 * events added to the stream) exactly once. The scripts use keys of several slots, so Redis must be one
 * primary, not Redis Cluster.
 */
export class OutcomeLedger {
  /** @param eventStreamLength the stream of match events is trimmed to about this many entries */
  constructor(
    private readonly redis: Redis,
    private readonly limits: LetterLimits = DEFAULT_LETTER_LIMITS,
    private readonly eventStreamLength = EVENT_STREAM_LENGTH,
  ) {}

  /**
   * Claims images for an import. The caller must add the images that are `new` or `pending` to the queue
   * (adding one twice makes one job); their outcome will be counted for this import.
   * @param owner import id, or '' for a camera event
   */
  async claim(owner: string, imageIds: readonly string[]): Promise<LedgerState[]> {
    if (imageIds.length === 0) return [];
    const name = owner === '' ? CAMERA : owner;
    const entries = await claimImages.run(this.redis, imageIds.map(bucketKey), [
      name,
      ...imageIds.map(field),
      ...imageIds,
    ]);
    return entries.map((entry) =>
      entry === '' ? { state: 'new' } : parseLedgerEntry(entry, name),
    );
  }

  /**
   * Records the outcome of an image, counts it for every import that claimed it, emits its events, and writes
   * or removes its dead letter.
   * @returns false when the image was finished before. If it failed again, only the letter is new
   */
  async finish(image: FinishedImage): Promise<boolean> {
    const done = await finishImage.run(
      this.redis,
      [bucketKey(image.imageId), EVENT_STREAM],
      [
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
      ],
    );
    if (image.letter) countDeadLetter(image.letter);
    if (done === 1) countImage(image.outcome, image.tenant);
    return done === 1;
  }

  /**
   * Begins the replay of a dead letter: its image, if it has one, may get another outcome. Safe to repeat.
   * @returns false when the letter is gone or has changed, or its image is already in progress
   */
  async reopen({ id, ofImage, diedAt }: DeadLetter): Promise<boolean> {
    const known = await reopenImage.run(
      this.redis,
      [bucketKey(id)],
      [IMPORTS, ofImage ? field(id) : '', id, timeText(diedAt), this.limits.days * 24 * 3600],
    );
    return known === 1;
  }

  /** Whether the ledger knows an image that may still get another outcome. */
  async isOpen(imageId: string): Promise<boolean> {
    const entry = await this.redis.hget(bucketKey(imageId), field(imageId));
    return entry !== null && /^[pe]/.test(entry);
  }

  /** Whether an image has its final outcome. */
  async isFinished(imageId: string): Promise<boolean> {
    const entry = await this.redis.hget(bucketKey(imageId), field(imageId));
    return entry !== null && !/^[pe]/.test(entry);
  }

  /** For each image: whether the import still waits for it. */
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
   * Removes a cancelled import from a pending image and counts the image as cancelled for it.
   * @returns true when no other owner waits for the image, so that the work can be dropped
   */
  async release(owner: string, imageId: string): Promise<boolean> {
    const left = await releaseImage.run(
      this.redis,
      [bucketKey(imageId)],
      [IMPORTS, field(imageId), owner],
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
