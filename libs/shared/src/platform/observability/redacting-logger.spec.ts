import { afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { hideSecrets } from '../../contracts/redact.js';
import { RedactingLogger, withLogFields } from './logging.js';

const SECRET = 'kq7-Secret/of the+test';

describe('RedactingLogger', () => {
  let written: string;

  beforeAll(() => hideSecrets([SECRET]));

  beforeEach(() => {
    written = '';
    for (const stream of [process.stdout, process.stderr]) {
      jest.spyOn(stream, 'write').mockImplementation((text) => {
        written += String(text);
        return true;
      });
    }
  });

  afterEach(() => {
    jest.restoreAllMocks();
  });

  function logger(json: boolean): RedactingLogger {
    return new RedactingLogger('test', { json, colors: false, logLevels: ['log', 'error'] });
  }

  it('hides a secret in a line of text', () => {
    logger(false).log(`the store said ${SECRET} to us`);
    expect(written).toContain('the store said *** to us');
    expect(written).not.toContain(SECRET);
  });

  it('hides a secret in an object that a line of text shows', () => {
    logger(false).log({ header: `Bearer ${SECRET}` });
    expect(written).toContain('Bearer ***');
    expect(written).not.toContain(SECRET);
  });

  it('hides a secret in every field of a JSON line, also in those of the job', () => {
    withLogFields({ jobId: SECRET }, () => logger(true).log({ said: `it is ${SECRET}.` }, SECRET));
    const [line] = written.split('\n').map((text) => JSON.parse(text || 'null') as unknown);
    expect(line).toMatchObject({ message: { said: 'it is ***.' }, context: '***', jobId: '***' });
    expect(written).not.toContain(SECRET);
  });

  it('hides a secret in the message, the stack and the cause of an error in a JSON line', () => {
    const cause = new Error(`refused ${SECRET}`);
    logger(true).error(new Error(`cannot use ${SECRET}`, { cause }));
    const line = JSON.parse(written.split('\n')[0]!) as { error: Record<string, unknown> };
    expect(line).toMatchObject({
      message: 'cannot use ***',
      error: {
        message: 'cannot use ***',
        stack: expect.stringContaining('Error: cannot use ***'),
        cause: { message: 'refused ***' },
      },
    });
    expect(written).not.toContain(SECRET);
  });

  it('hides a secret in the lines of a stack', () => {
    const { stack } = new Error(`cannot use ${SECRET}`);
    logger(false).error('it failed', stack);
    expect(written).toContain('it failed');
    expect(written).toContain('Error: cannot use ***\n    at ');
    expect(written).not.toContain(SECRET);
  });
});
