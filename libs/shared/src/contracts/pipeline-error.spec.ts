import { describe, expect, it } from '@jest/globals';
import { toPipelineError, redisTrouble } from './pipeline-error.js';

function reply(message: string, rest: object = {}): Error {
  return Object.assign(new Error(message), { name: 'ReplyError' }, rest);
}

describe('redisTrouble', () => {
  it.each([
    "OOM command not allowed when used memory > 'maxmemory'.",
    "OOM command not allowed when used memory > 'maxmemory'. script: 1b2c, on @user_script:3.",
    "ERR Error running script (call to f_1b2c): @user_script:3: -OOM command not allowed when used memory > 'maxmemory'.",
  ])('recognises a full Redis: %s', (message) => {
    expect(redisTrouble(reply(message))?.code).toBe('REDIS_FULL');
  });

  it('finds the reason why a transaction was discarded', () => {
    const previousErrors = [reply("OOM command not allowed when used memory > 'maxmemory'.")];
    const error = reply('EXECABORT Transaction discarded because of previous errors.', {
      previousErrors,
    });
    expect(redisTrouble(error)?.code).toBe('REDIS_FULL');
  });

  it.each([
    'LOADING Redis is loading the dataset in memory',
    "READONLY You can't write against a read only replica.",
    'MISCONF Errors writing to the AOF file: No space left on device',
  ])('recognises a Redis that cannot write: %s', (message) => {
    expect(redisTrouble(reply(message))?.code).toBe('REDIS_UNAVAILABLE');
  });

  it('is of class wait, so that a job loses no attempt', () => {
    const error = toPipelineError(reply('LOADING Redis is loading the dataset in memory'), 'match');
    expect(error).toMatchObject({ class: 'wait', stage: 'match', httpStatus: 503 });
  });

  it('ignores all other errors', () => {
    expect(redisTrouble(reply('WRONGTYPE Operation against a key'))).toBeNull();
    expect(redisTrouble(new Error('OOM of something else'))).toBeNull();
    expect(redisTrouble('OOM ')).toBeNull();
  });
});
