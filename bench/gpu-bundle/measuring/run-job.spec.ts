import { describe, expect, it } from '@jest/globals';
import { type Job } from './job.js';
import { runJob } from './run-job.js';

const job: Job = {
  provider: 'cpu',
  precision: 'fp32',
  batches: [1],
  seconds: 0.1,
  ceilings: false,
  networks: { facenet: '/none/facenet.onnx', resident: '/none/resident.onnx' },
  folder: '/none',
};

describe('runJob', () => {
  it('reports why ONNX Runtime rejects a network', async () => {
    const told: string[] = [];
    const outcome = await runJob(job, {}, ({ kind }) => told.push(kind));
    expect(outcome).toMatchObject({ nodes: {}, batches: [], peakMemoryMib: null });
    expect(outcome.failure).toContain('/none/facenet.onnx');
    expect(told).toEqual(['failed']);
  });

  it('reports the exit of a process that sent no message', async () => {
    const outcome = await runJob(job, { NODE_OPTIONS: '--no-such-option' }, () => undefined);
    expect(outcome.failure).toMatch(
      /ended with exit code 9; last line of its output: .*--no-such-option/,
    );
  });
});
