import { Injectable } from '@nestjs/common';
import { type KeptLetter } from '#shared/contracts/dead-letter.js';
import { type LetterFilter, type ReplaySummary } from '#shared/contracts/http/dead-letters.http.js';
import { PipelineError } from '#shared/contracts/pipeline-error.js';
import { DeadLetterReplay, type ReplayResult } from './dead-letter-replay.js';
import { DeadLetterRepository } from './dead-letter-repository.js';

/** Number of letters processed at the same time. */
const PAGE = 100;

@Injectable()
export class DeadLettersService {
  constructor(
    private readonly letters: DeadLetterRepository,
    private readonly replayer: DeadLetterReplay,
  ) {}

  /** @throws PipelineError DEAD_LETTER_NOT_FOUND, also for another tenant's letter */
  async read(tenant: string, id: string): Promise<KeptLetter> {
    const letter = await this.letters.read(tenant, id);
    if (letter) return letter;
    throw letterError(404, 'DEAD_LETTER_NOT_FOUND', `there is no dead letter ${id}`);
  }

  /** @throws PipelineError DEAD_LETTER_NOT_FOUND for an unknown id */
  async replay(tenant: string, filter: LetterFilter): Promise<ReplaySummary> {
    const results: Record<ReplayResult, number> = {
      replayed: 0,
      busy: 0,
      'not-replayable': 0,
      gone: 0,
    };
    await this.each(tenant, filter, async (letter) => {
      results[await this.replayer.replay(letter)] += 1;
    });
    const { replayed, busy, 'not-replayable': notReplayable } = results;
    return { replayed, busy, notReplayable };
  }

  /** Deletes letters. The outcomes of their images stay. @throws PipelineError DEAD_LETTER_NOT_FOUND */
  async drop(tenant: string, filter: LetterFilter): Promise<{ dropped: number }> {
    let dropped = 0;
    await this.each(tenant, filter, async (letter) => {
      if (await this.letters.remove(letter)) dropped += 1;
    });
    return { dropped };
  }

  /** Only letters written before this call: a job that fails again meanwhile is not replayed twice. */
  private async each(
    tenant: string,
    filter: LetterFilter,
    work: (letter: KeptLetter) => Promise<void>,
  ): Promise<void> {
    if (filter.id !== undefined) return work(await this.read(tenant, filter.id));
    const past = { ...filter, to: Math.min(filter.to ?? Infinity, Date.now()) };
    let page = await this.letters.page(tenant, past, PAGE);
    for (;;) {
      await Promise.all(page.letters.map(work));
      if (page.cursor === null) return;
      page = await this.letters.page(tenant, past, PAGE, page.cursor);
    }
  }
}

function letterError(httpStatus: number, code: string, message: string): PipelineError {
  return new PipelineError(code, message, { stage: 'query', class: 'quarantine', httpStatus });
}
