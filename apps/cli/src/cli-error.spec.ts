import { describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { usageError } from '#shared/contracts/pipeline-error.js';
import { describeError } from './cli-error.js';

describe('describeError', () => {
  it('prints the code and the message of a known error', () => {
    expect(describeError(usageError('USAGE', 'give a name'))).toBe('USAGE: give a name');
  });

  it('prints what the system could not do, without a stack trace', () => {
    let error: unknown;
    try {
      readFileSync('/no/such/file');
    } catch (caught) {
      error = caught;
    }
    expect(describeError(error)).toBe(
      "SYSTEM_ERROR: ENOENT: no such file or directory, open '/no/such/file'",
    );
  });

  it('says that the disk is full', () => {
    const error = Object.assign(new Error('ENOSPC: no space left on device, write'), {
      code: 'ENOSPC',
      syscall: 'write',
    });
    expect(describeError(error)).toBe('DISK_FULL: ENOSPC: no space left on device, write');
  });

  it('keeps the stack trace of an unexpected error', () => {
    expect(describeError(new Error('oops'))).toMatch(/^INTERNAL: Error: oops\n +at /);
  });
});
