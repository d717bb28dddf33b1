import { describe, expect, it } from '@jest/globals';
import { notOnce } from './once.js';

describe('notOnce', () => {
  it('reports nothing if everything was done once, in any order', () => {
    expect(notOnce(['b', 'a'], ['a', 'b'])).toEqual({ twice: [], never: [], unknown: [] });
  });

  it('reports what was done twice, never, or unexpectedly', () => {
    const found = notOnce(['a', 'a', 'a', 'x', 'x'], ['a', 'b']);
    expect(found).toEqual({ twice: ['a'], never: ['b'], unknown: ['x'] });
  });
});
