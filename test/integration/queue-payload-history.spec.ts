import { describe, expect, it } from '@jest/globals';
import { readPayload } from '#shared/platform/queue/job-handler.js';
import { PAYLOAD_HISTORY } from '../support/payload-history.js';

describe('payloads that releases have written', () => {
  it.each(PAYLOAD_HISTORY.map((history) => [history.contract.queue, history] as const))(
    'of %s are there in every version, and are still read',
    (_, { contract, examples }) => {
      expect(examples.map(({ payload }) => (payload as { v: number }).v)).toEqual(
        Array.from({ length: contract.version }, (_, i) => i + 1),
      );
      for (const { payload, jobId } of examples) {
        const read = readPayload(contract, payload);
        expect(read).toEqual({ kind: 'payload', payload: expect.anything() });
        // Another id, and what lies on a queue already would be done a second time.
        if (read.kind === 'payload') expect(contract.jobId(read.payload as never)).toBe(jobId);
      }
    },
  );
});
