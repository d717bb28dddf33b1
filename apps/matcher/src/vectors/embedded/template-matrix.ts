import { DotKernel } from './dot-kernel.js';
import { NearestList, type Neighbour } from './nearest-list.js';

interface Query {
  readonly vector: Float32Array;
  readonly limit: number;
}

/** The gallery of one tenant, laid out for exact search: one row of float32 per template. */
export class TemplateMatrix {
  private readonly ids: string[] = [];
  private readonly rows = new Map<string, number>();
  private values: Float32Array;

  /** @param kernel shared by all matrices of a dimension */
  constructor(private readonly kernel: DotKernel) {
    this.values = new Float32Array(DotKernel.ROWS * kernel.stride);
  }

  set(id: string, vector: Float32Array): void {
    const row = this.rows.get(id) ?? this.append(id);
    this.values.set(vector, row * this.kernel.stride);
  }

  /** The last row moves into the gap. */
  delete(id: string): void {
    const row = this.rows.get(id);
    if (row === undefined) return;
    const { stride } = this.kernel;
    const last = this.ids.length - 1;
    const moved = this.ids[last]!;
    this.values.copyWithin(row * stride, last * stride, (last + 1) * stride);
    this.ids[row] = moved;
    this.rows.set(moved, row);
    this.ids.pop();
    this.rows.delete(id);
  }

  /** For each query the rows with the largest dot product (the cosine, of unit vectors), best first. */
  nearest(queries: readonly Query[]): (readonly Neighbour[])[] {
    const lists = queries.map(({ limit }) => new NearestList(limit));
    for (let first = 0; first < queries.length; first += DotKernel.QUERIES) {
      const group = queries.slice(first, first + DotKernel.QUERIES);
      this.kernel.loadQueries(group.map(({ vector }) => vector));
      for (let row = 0; row < this.ids.length; row += DotKernel.ROWS) {
        this.searchBlock(row, lists.slice(first, first + group.length));
      }
    }
    return lists.map(({ items }) => items);
  }

  private searchBlock(first: number, lists: readonly NearestList[]): void {
    const { stride } = this.kernel;
    const count = Math.min(DotKernel.ROWS, this.ids.length - first);
    this.kernel.loadRows(this.values.subarray(first * stride, (first + count) * stride));
    lists.forEach((list, query) => {
      const scores = this.kernel.dots(query, count);
      for (let row = 0; row < count; row++) {
        const score = scores[row]!;
        if (score > list.bar) list.offer({ id: this.ids[first + row]!, score });
      }
    });
  }

  private append(id: string): number {
    const row = this.ids.length;
    if ((row + 1) * this.kernel.stride > this.values.length) {
      const grown = new Float32Array(this.values.length * 2);
      grown.set(this.values);
      this.values = grown;
    }
    this.ids.push(id);
    this.rows.set(id, row);
    return row;
  }
}
