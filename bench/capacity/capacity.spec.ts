import { describe, expect, it } from '@jest/globals';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { PROJECT, readProjectFile } from '../../test/deploy/support/project.js';
import { INPUTS } from './inputs.js';
import { inputTable, ledgerBytes, planFor, planTable, priceOfMillion, priceTable } from './plan.js';

const DEMAND = { facesPerImage: 10, days: 30, replicas: 2 };

describe('planFor', () => {
  it('is calculated from its inputs', () => {
    const plan = planFor({ images: 1e8, ...DEMAND });
    expect(plan.sightings).toBe(1e9);
    expect(plan.rate).toBeCloseTo(38.58, 2);
    expect(plan.cores).toBe(Math.ceil(38.58 * (0.026 + 0.088)));
    expect(plan.redisBound).toBeCloseTo(1e6 / 556, 6);
    expect(plan.redises).toBe(1);
    expect(plan.qdrantGib).toBeCloseTo((2e9 * (512 + 140 + 150)) / 1024 ** 3, 0);
    expect(plan.qdrantWholeGib / plan.qdrantGib).toBeCloseTo(3072 / 802, 3);
  });

  it('needs more Redis servers if one cannot process the rate', () => {
    const { redises, rate } = planFor({ images: 1e9, ...DEMAND, days: 2 });
    expect(redises).toBe(Math.ceil((rate * 556) / 1e6));
    expect(redises).toBeGreaterThan(2);
  });

  it('knows the size from which the ledger is not compact', () => {
    expect(ledgerBytes(10e6) / 10e6).toBeLessThan(35);
    expect(ledgerBytes(40e6) / 40e6).toBe(INPUTS.ledgerHashImage.value);
  });

  it('gives a price for networks on CPU and on GPU', () => {
    const { cpu, gpu } = priceOfMillion(10);
    expect(cpu).toBeCloseTo((114_000 / 3600) * 0.04, 6);
    expect(gpu).toBeCloseTo(10_000 / 3600 + (3_200 / 3600) * 0.04, 6);
  });
});

describe('docs/capacity.md', () => {
  /** Tables as prettier pads them. */
  const cells = (text: string) => text.replaceAll(/ +/g, ' ').replaceAll(/-+/g, '-');
  const document = cells(readProjectFile('docs/capacity.md'));

  it.each([
    ['the plan', planTable([1e5, 1e6, 1e7, 1e8, 1e9], DEMAND)],
    ['prices', priceTable(10)],
    ['inputs', inputTable()],
  ])('has %s as it is computed', (_, table) => {
    expect(document).toContain(cells(table));
  });

  it('has sources that exist', () => {
    const sources = Object.values(INPUTS).map(({ source }) => source);
    const files = sources.filter((source) => !['assumed', 'arithmetic'].includes(source));
    expect(files.filter((file) => !existsSync(path.join(PROJECT, file)))).toEqual([]);
    expect(files.length).toBeGreaterThan(5);
  });
});
