import { describe, expect, it } from '@jest/globals';
import { deadLetterSchema } from '../../contracts/dead-letter.js';
import { PipelineError } from '../../contracts/pipeline-error.js';
import { type JobEvidence } from '../queue/job-evidence.js';
import { makeDeadLetter, tenantOf } from './dead-letter-writer.js';
import { letterHead, parseKeptLetter } from './letter-limits.js';

const NOW = 1_700_000_000_000;

function evidence(data: unknown): JobEvidence {
  return {
    job: { queue: 'deliver', name: 'deliver.v1', id: 'job-1', data, opts: { attempts: 3 } },
    attempts: 3,
    crashes: 1,
    worker: 'matcher@here:2',
    addedAt: NOW - 1_000,
    lastCrashedWorker: 'matcher@here:1',
  };
}

function error(message = 'it broke', cause?: unknown): PipelineError {
  return new PipelineError('BROKEN', message, { stage: 'emit', class: 'retry', cause });
}

const make = (data: unknown, failure = error()) =>
  makeDeadLetter({ error: failure, evidence: evidence(data), tenant: 'acme' }, NOW);

describe('makeDeadLetter', () => {
  it('keeps the job for a replay, and the facts about its failure', () => {
    expect(make({ v: 2, url: 'x' })).toMatchObject({
      tenant: 'acme',
      code: 'BROKEN',
      stage: 'emit',
      class: 'retry',
      message: 'it broke',
      queue: 'deliver',
      job: { name: 'deliver.v1', id: 'job-1', data: '{"v":2,"url":"x"}', whole: true },
      attempts: 3,
      crashes: 1,
      worker: 'matcher@here:2',
      addedAt: NOW - 1_000,
      diedAt: NOW,
      lastCrashedWorker: 'matcher@here:1',
      versions: { node: process.version, payload: 2, space: null },
    });
    expect(make({}).versions.sightline).toMatch(/^\d+\.\d+\.\d+/);
  });

  it('derives the id from the job', () => {
    expect(make({ a: 1 }).id).toBe(make({ a: 2 }).id);
    const other = { ...evidence({}), job: { ...evidence({}).job, id: 'job-2' } };
    const letter = makeDeadLetter({ error: error(), evidence: other, tenant: 'acme' });
    expect(letter.id).not.toBe(make({}).id);
  });

  it('keeps the messages of the first five causes, outermost first', () => {
    const chain = Array.from({ length: 20 }).reduceRight<Error | undefined>(
      (cause, _, i) => new Error(`cause ${i}`, { cause }),
      undefined,
    );
    expect(make({}, error('top', chain)).causes).toEqual(
      Array.from({ length: 5 }, (_, i) => `cause ${i}`),
    );
    const circular = new Error('round');
    circular.cause = circular;
    expect(make({}, error('top', circular)).causes).toHaveLength(5);
    expect(make({}, error('top', 'a text')).causes).toEqual(['a text']);
  });

  it('limits the size of a letter', () => {
    const data = { text: 'é'.repeat(1_000_000) };
    const cause = new Error('c'.repeat(1_000_000));
    const letter = make(data, error('m'.repeat(1_000_000), cause));
    expect(letter.job?.whole).toBe(false);
    expect(Buffer.byteLength(JSON.stringify(letter))).toBeLessThan(80_000);
  });

  it.each([null, undefined, 7, 'text', [], { v: 'one' }, { v: 1.5 }])(
    'accepts any payload: %p',
    (data) => {
      const letter = make(data);
      expect(deadLetterSchema.parse(JSON.parse(JSON.stringify(letter)))).toEqual(letter);
      expect(letter.versions.payload).toBeNull();
    },
  );

  it('is read back as it was written', () => {
    const letter = make({ text: 'a\nb "c" \u2028 \ud800' }, error('line one\nline two'));
    const kept = `${letterHead(letter)} 2 c,7,12\n${JSON.stringify(letter)}`;
    expect(parseKeptLetter(kept)).toEqual({ ...letter, replays: 2, imports: ['7', '12'] });
  });
});

describe('tenantOf', () => {
  it.each([
    [{ tenant: 'acme' }, 'acme'],
    [{ tenant: 'Not A Tenant\n' }, 'default'],
    [{ tenant: 7 }, 'default'],
    [null, 'default'],
    ['acme', 'default'],
  ])('of %p is %s', (data, tenant) => {
    expect(tenantOf(data)).toBe(tenant);
  });
});
