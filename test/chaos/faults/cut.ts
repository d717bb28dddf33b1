import { type Bed } from '../bed.js';
import { type Fault } from '../schedule.js';

/** Every connection to a dependency breaks within one of its next answers: done or not, nobody knows. */
export function cut(bed: Bed, fault: Extract<Fault, { kind: 'cut' }>): void {
  bed.proxies.get(fault.target)!.cut(fault.afterBytes);
}
