import { expect, it } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { fuzzPayloads } from './fuzz-payloads.js';
import { payloadTargets } from './payload-targets.js';

it.each(payloadTargets)('the example of $name is accepted', async (target) => {
  if ('text' in target) await target.parse(target.text);
  else await target.parse(target.example);
});

it('4,000 changed payloads are parsed or refused with what is wrong, and change nothing else', async () => {
  // Each damaged stream entry is logged.
  Logger.overrideLogger(false);
  const { ends, failures } = await fuzzPayloads({ seed: 1, count: 4_000 });
  expect(failures).toEqual([]);
  // Neither changes that nobody notices nor ones that nobody looks at.
  expect(ends.accepted).toBeGreaterThan(400);
  expect(ends.refused).toBeGreaterThan(1_000);
});
