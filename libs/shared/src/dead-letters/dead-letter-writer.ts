import { type Redis } from 'ioredis';
import { countDeadLetter } from '../metrics/image-metrics.js';
import { type DeadLetter } from './dead-letter.js';
import { PUT_LETTER_SCRIPT } from './dead-letter-scripts.js';
import { oldestKept, type LetterLimits } from './letter-limits.js';
import { letterHead } from './letter-text.js';

interface WriterCommands {
  putDeadLetter(...args: (string | number)[]): Promise<number>;
}

/** Keeps what failed that is no image of the ledger's; those are written with their outcome. */
export class DeadLetterWriter {
  private readonly commands: WriterCommands;

  constructor(
    redis: Redis,
    private readonly limits: LetterLimits,
  ) {
    redis.defineCommand('putDeadLetter', { lua: PUT_LETTER_SCRIPT, numberOfKeys: 0 });
    this.commands = redis as unknown as WriterCommands;
  }

  /** Safe to repeat: a letter takes the place of an earlier one of its id. */
  async put(letter: DeadLetter): Promise<void> {
    await this.commands.putDeadLetter(
      letter.id,
      letterHead(letter),
      JSON.stringify(letter),
      this.limits.most,
      oldestKept(this.limits, letter.diedAt),
    );
    countDeadLetter(letter);
  }
}
