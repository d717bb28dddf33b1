import { describe, expect, it } from '@jest/globals';
import { notOnce } from './once.js';

describe('notOnce', () => {
  it('finds nothing when all was done once, in any order', () => {
    expect(notOnce(['b', 'a'], ['a', 'b'])).toEqual({ twice: [], never: [], unknown: [] });
  });

  it('names what was done twice, never, and without being asked for', () => {
    const found = notOnce(['a', 'a', 'a', 'x', 'x'], ['a', 'b']);
    expect(found).toEqual({ twice: ['a'], never: ['b'], unknown: ['x'] });
  });
});
