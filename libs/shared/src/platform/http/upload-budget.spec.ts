import { describe, expect, it } from '@jest/globals';
import { type Request, type Response } from 'express';
import { EventEmitter } from 'node:events';
import { UploadBudget } from './upload-budget.js';

const BACKPRESSURE = expect.objectContaining({ code: 'BACKPRESSURE', httpStatus: 503 });

/** An upload in progress. */
function admit(budget: UploadBudget, tenant: string, announced?: number) {
  const request = { tenant } as unknown as Request;
  const response = new EventEmitter();
  budget.admit(request, response as Response, announced);
  return {
    arrive: (bytes: number) => budget.count(request, bytes),
    end: () => response.emit('close'),
  };
}

function budget(limits: { requests?: number; bytes?: number; isShared?: boolean }) {
  const defaults = { requests: 100, bytes: 1_000, longestBody: 5_000, isShared: false };
  return new UploadBudget({ ...defaults, ...limits });
}

describe('UploadBudget', () => {
  it('counts what arrives, not what is announced', () => {
    const uploads = budget({});
    const slow = Array.from({ length: 50 }, () => admit(uploads, 'a', 900));
    expect(slow.every((upload) => upload.arrive(1))).toBe(true);
    expect(slow[0]!.arrive(900)).toBe(true);
    expect(slow[1]!.arrive(900)).toBe(false);
    slow[0]!.end();
    expect(slow[1]!.arrive(900)).toBe(true);
  });

  it('refuses before it is sent what cannot fit', () => {
    const uploads = budget({});
    const first = admit(uploads, 'a');
    first.arrive(600);
    expect(() => admit(uploads, 'a', 500)).toThrow(BACKPRESSURE);
    admit(uploads, 'a', 400);
    first.end();
    admit(uploads, 'a', 500);
  });

  it('accepts a single upload that is larger than the limit', () => {
    const uploads = budget({});
    const only = admit(uploads, 'a', 4_000);
    expect([only.arrive(3_000), only.arrive(1_000)]).toEqual([true, true]);
  });

  it('leaves every tenant a share, of requests and of bytes', () => {
    const uploads = budget({ requests: 12, isShared: true });
    const admitAll = (tenant: string) => {
      const admitted = [];
      for (;;) {
        try {
          admitted.push(admit(uploads, tenant));
        } catch (error) {
          expect(error).toEqual(BACKPRESSURE);
          return admitted;
        }
      }
    };
    const greedy = admitAll('greedy');
    expect(greedy).toHaveLength(6);
    while (greedy[0]!.arrive(10));
    const other = admitAll('other');
    expect(other).toHaveLength(3);
    expect(other[0]!.arrive(250)).toBe(true);
    expect(greedy[1]!.arrive(10)).toBe(false);
    expect(admitAll('third').length).toBeGreaterThan(0);
  });

  it('gives all to a tenant that is alone', () => {
    const uploads = budget({ requests: 12 });
    const all = Array.from({ length: 12 }, () => admit(uploads, 'a'));
    expect(() => admit(uploads, 'a')).toThrow(BACKPRESSURE);
    expect([all[0]!.arrive(990), all[1]!.arrive(10), all[2]!.arrive(1)]).toEqual([
      true,
      true,
      false,
    ]);
  });
});
