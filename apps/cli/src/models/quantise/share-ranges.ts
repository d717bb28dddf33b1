import { type GraphNode } from '../onnx/onnx-graph.js';
import { type GraphView } from './graph-view.js';

/** Operators that only pick from or reorder their input: ONNX Runtime wants the range unchanged. */
const PICKERS = new Set(['MaxPool', 'Transpose']);
/** Operators that give nothing negative when they get nothing negative. */
const KEEP_SIGN = new Set([...PICKERS, 'Add', 'Concat']);

/**
 * Which values have one range.
 * @param nodes that take and give bytes, in an order in which they can run
 * @param isByte whether a value stands in bytes between two of them
 */
export function shareRanges(
  nodes: readonly GraphNode[],
  isByte: (value: string) => boolean,
  view: GraphView,
): string[][] {
  const groups = new Groups();
  const positive = new Set<string>();
  for (const { op_type, input, output } of nodes) {
    const values = input.filter(isByte);
    const [result = ''] = output.filter(isByte);
    for (const value of [...values, ...output].filter(isByte)) groups.add(value);
    const keepsSign = KEEP_SIGN.has(op_type) && values.every((value) => positive.has(value));
    if (op_type === 'Relu' || keepsSign) positive.add(result);
    if (PICKERS.has(op_type)) groups.join(values[0]!, result);
    if (op_type !== 'Concat') continue;
    // One rounding instead of two, and bytes are copied. Not where others read the value, or a pool gave it
    // its range: they would lose by a range that is not theirs. Nor where a ReLU would find values below 0
    // in its range: it could not be left to the range any more.
    for (const value of values) {
      const isOwn = view.consumers(value).length === 1;
      const isPool = view.producer(value)?.op_type === 'MaxPool';
      const losesSign = positive.has(value) && !positive.has(result);
      if (isOwn && !isPool && !losesSign) groups.join(value, result);
    }
  }
  return groups.all;
}

/** Disjoint sets of values. */
class Groups {
  private readonly groupOf = new Map<string, string[]>();

  get all(): string[][] {
    return [...new Set(this.groupOf.values())];
  }

  add(value: string): void {
    if (!this.groupOf.has(value)) this.groupOf.set(value, [value]);
  }

  join(a: string, b: string): void {
    const [kept, joined] = [this.groupOf.get(a)!, this.groupOf.get(b)!];
    if (kept === joined) return;
    kept.push(...joined);
    for (const value of joined) this.groupOf.set(value, kept);
  }
}
