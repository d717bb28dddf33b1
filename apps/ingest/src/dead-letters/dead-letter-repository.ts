import { Inject, Injectable } from '@nestjs/common';
import { type Redis } from 'ioredis';
import { type KeptLetter } from '#shared/contracts/dead-letter.js';
import {
  type DeadLetterCounts,
  type LetterFilter,
} from '#shared/contracts/http/dead-letters.http.js';
import { deadLetterKeys } from '#shared/platform/ledger/keys.js';
import {
  forgetOldDeadLetters,
  removeDeadLetter,
} from '#shared/platform/ledger/dead-letter-writer.js';
import {
  letterLimits,
  oldestKept,
  parseKeptLetter,
  timeText,
} from '#shared/platform/ledger/letter-limits.js';
import { type IngestConfig } from '../ingest.config.js';
import { CONFIG, REDIS } from '#shared/platform/tokens.js';

/** Number of letters per read from Redis. */
const BATCH = 200;
/** Maximum number of letters read for one page. A page with few matches may be short and still have a cursor. */
const MOST_SCANNED = 10_000;

export interface LetterPage {
  readonly letters: readonly KeptLetter[];
  /** Start of the next page; null on the last page. */
  readonly cursor: string | null;
}

/** The dead letters of a tenant, newest first. */
@Injectable()
export class DeadLetterRepository {
  constructor(
    @Inject(REDIS) private readonly redis: Redis,
    @Inject(CONFIG) private readonly config: IngestConfig,
  ) {}

  /** Null when the tenant has no such letter. */
  async read(tenant: string, id: string): Promise<KeptLetter | null> {
    const [letter] = await this.readMany([id]);
    return letter?.tenant === tenant ? letter : null;
  }

  async page(
    tenant: string,
    filter: LetterFilter,
    limit: number,
    from?: string,
  ): Promise<LetterPage> {
    await this.forgetOld(tenant);
    const letters: KeptLetter[] = [];
    let cursor = from;
    for (let scanned = 0; scanned < MOST_SCANNED; scanned += BATCH) {
      const members = await this.members(tenant, filter, cursor);
      for (const letter of await this.readMany(members.map(idOf))) {
        if (!matches(letter, filter)) continue;
        letters.push(letter);
        if (letters.length === limit) return { letters, cursor: memberOf(letter) };
      }
      if (members.length < BATCH) return { letters, cursor: null };
      cursor = members.at(-1);
    }
    return { letters, cursor: cursor ?? null };
  }

  async counts(tenant: string): Promise<DeadLetterCounts> {
    await this.forgetOld(tenant);
    const { forgotten = '0', ...kinds } = await this.redis.hgetall(deadLetterKeys.counts(tenant));
    const counts = Object.entries(kinds).map(([kind, count]) => {
      const [code = '', stage = ''] = kind.split(' ');
      return { code, stage, count: Number(count) };
    });
    counts.sort((a, b) => b.count - a.count || a.code.localeCompare(b.code));
    return {
      total: counts.reduce((sum, { count }) => sum + count, 0),
      forgotten: Number(forgotten),
      counts,
    };
  }

  /** @returns false when the letter is gone, or its job has failed again since it was read */
  async remove({ id, diedAt }: KeptLetter): Promise<boolean> {
    return (await removeDeadLetter.run(this.redis, [], [id, timeText(diedAt)])) === 1;
  }

  private async forgetOld(tenant: string): Promise<void> {
    const oldest = oldestKept(letterLimits(this.config), Date.now());
    await forgetOldDeadLetters.run(this.redis, [], [tenant, oldest]);
  }

  private members(tenant: string, { from, to }: LetterFilter, cursor?: string): Promise<string[]> {
    const end = to === undefined ? '+' : `(${timeText(to + 1)}`;
    return this.redis.zrange(
      deadLetterKeys.index(tenant),
      cursor === undefined ? end : `(${cursor}`,
      from === undefined ? '-' : `[${timeText(from)}`,
      'BYLEX',
      'REV',
      ...(['LIMIT', 0, BATCH] as const),
    );
  }

  private async readMany(ids: readonly string[]): Promise<KeptLetter[]> {
    if (ids.length === 0) return [];
    const values = await this.redis.hmget(deadLetterKeys.letters, ...ids);
    return values.flatMap((value) => (value === null ? [] : [parseKeptLetter(value)]));
  }
}

function memberOf({ id, diedAt }: KeptLetter): string {
  return `${timeText(diedAt)}:${id}`;
}

function idOf(member: string): string {
  return member.slice(member.indexOf(':') + 1);
}

function matches(letter: KeptLetter, filter: LetterFilter): boolean {
  const { id, code, stage, class: errorClass, queue, import: importId, from, to } = filter;
  return (
    (id === undefined || letter.id === id) &&
    (code === undefined || letter.code === code) &&
    (stage === undefined || letter.stage === stage) &&
    (errorClass === undefined || letter.class === errorClass) &&
    (queue === undefined || letter.queue === queue) &&
    (importId === undefined || isOfImport(letter, importId)) &&
    (from === undefined || letter.diedAt >= from) &&
    (to === undefined || letter.diedAt <= to)
  );
}

function isOfImport({ imports, source }: KeptLetter, importId: string): boolean {
  return imports.includes(importId) || (source?.kind === 'import' && source.importId === importId);
}
