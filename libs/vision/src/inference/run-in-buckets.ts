import { planBatches } from './batch-plan.js';
import { type Engine } from './engine.port.js';

type Outputs = ReadonlyMap<string, Float32Array>;

/**
 * Runs a batch of any size in sizes that the engine sees often.
 * @param buffer `count` items, then room for padding (roomFor), whatever lies there
 * @param length numbers in one item
 * @returns each output by name, `count` items one after the other
 */
export async function runInBuckets(
  engine: Engine,
  buffer: Float32Array,
  count: number,
  length: number,
): Promise<Outputs> {
  const parts: Outputs[] = [];
  let done = 0;
  for (const { size, items } of planBatches(count, engine.batching)) {
    const input = buffer.subarray(done * length, (done + size) * length);
    parts.push(firstItems(await engine.run(input, size), items, size));
    done += items;
  }
  const [first, ...others] = parts;
  if (!first || others.length === 0) return first ?? new Map();
  return new Map([...first.keys()].map((name) => [name, joined(parts, name)]));
}

function firstItems(outputs: Outputs, items: number, size: number): Outputs {
  if (items === size) return outputs;
  return new Map(
    [...outputs].map(([name, values]) => [
      name,
      values.subarray(0, (values.length / size) * items),
    ]),
  );
}

function joined(parts: readonly Outputs[], name: string): Float32Array {
  const pieces = parts.map((part) => part.get(name)!);
  const whole = new Float32Array(pieces.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}
