import { expect, it } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { fuzzPayloads } from './fuzz-payloads.js';
import { payloadTargets } from './payload-targets.js';

it.each(payloadTargets)('the example of $name is accepted', async (target) => {
  if ('text' in target) await target.parse(target.text);
  else await target.parse(target.example);
});

it('parses 4,000 mutated payloads or refuses them with a message, without side effects', async () => {
  // The product logs each damaged stream entry.
  Logger.overrideLogger(false);
  const { ends, failures } = await fuzzPayloads({ seed: 1, count: 4_000 });
  expect(failures).toEqual([]);
  // The mutations are neither without effect nor rejected before a parser sees them.
  expect(ends.accepted).toBeGreaterThan(400);
  expect(ends.refused).toBeGreaterThan(1_000);
});
