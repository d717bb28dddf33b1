import { describe, expect, it } from '@jest/globals';
import { rocPlot } from './roc-plot.js';

const point = (falseAcceptRate: number, trueAcceptRate: number) => {
  return { falseAcceptRate, trueAcceptRate };
};

describe('rocPlot', () => {
  const svg = rocPlot('A & B', [
    { name: 'a <b>', points: [point(0.01, 0.9), point(1, 1)], colour: 0, stroke: 'solid' },
    { name: 'c', points: [point(0.1, 0.95), point(1, 1)], colour: 1, stroke: 'dashed' },
  ]);

  it('draws the logarithm of the false-accept rate from left to right', () => {
    // Two decades over 664 pixels; 90 % at the bottom, 440, and 100 % at the top, 44.
    expect(svg).toContain('<path class="curve c0 solid" d="M72 440L736 44"/>');
    expect(svg).toContain('<path class="curve c1 dashed" d="M404 242L736 44"/>');
    for (const label of ['>1 %<', '>10 %<', '>100 %<', '>90 %<', '>95 %<']) {
      expect(svg).toContain(label);
    }
  });

  it('escapes names', () => {
    expect(svg).toContain('>A &amp; B</text>');
    expect(svg).toContain('>a &lt;b&gt;</text>');
  });
});
