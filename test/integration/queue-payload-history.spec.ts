import { describe, expect, it } from '@jest/globals';
import { readPayload } from '#shared/platform/queue/job-handler.js';
import { PAYLOAD_HISTORY } from '../support/payload-history.js';

describe('payloads that releases have written', () => {
  it.each(PAYLOAD_HISTORY.map((history) => [history.contract.queue, history] as const))(
    'of %s exist for every version, and can still be read',
    (_, { contract, examples }) => {
      expect(examples.map(({ payload }) => (payload as { v: number }).v)).toEqual(
        Array.from({ length: contract.version }, (_, i) => i + 1),
      );
      for (const { payload, jobId } of examples) {
        const read = readPayload(contract, payload);
        expect(read).toEqual({ kind: 'payload', payload: expect.anything() });
        // With another id, a job that is already on a queue would be processed twice.
        if (read.kind === 'payload') expect(contract.jobId(read.payload as never)).toBe(jobId);
      }
    },
  );
});
