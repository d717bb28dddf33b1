interface Query {
  readonly vector: Float32Array;
  readonly limit: number;
}

/** Vectors in memory for exact search, one row of float32 numbers per id: a tenant's gallery, or a cohort. */
export class TemplateMatrix {
  private readonly ids: string[] = [];
  private readonly rows = new Map<string, number>();
  private values: Float32Array;

  /** @param kernel may be shared by all matrices of the same dimension */
  constructor(private readonly kernel: DotKernel) {
    this.values = new Float32Array(DotKernel.ROWS * kernel.stride);
  }

  set(id: string, vector: Float32Array): void {
    const row = this.rows.get(id) ?? this.append(id);
    this.values.set(vector, row * this.kernel.stride);
  }

  /** Moves the last row into the gap. */
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

  /** The rows with the largest dot product for each query, best first. For unit vectors it is the cosine. */
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

interface Neighbour {
  readonly id: string;
  readonly score: number;
}

/** Keeps the best `limit` of the offered neighbours, best first. */
export class NearestList {
  private readonly neighbours: Neighbour[] = [];

  constructor(private readonly limit: number) {}

  /** Only a score above this value changes the list. */
  get bar(): number {
    if (this.limit < 1) return Infinity;
    return this.neighbours.length < this.limit ? -Infinity : this.neighbours.at(-1)!.score;
  }

  offer(neighbour: Neighbour): void {
    if (neighbour.score <= this.bar) return;
    let at = this.neighbours.length;
    while (at > 0 && this.neighbours[at - 1]!.score < neighbour.score) at--;
    this.neighbours.splice(at, 0, neighbour);
    if (this.neighbours.length > this.limit) this.neighbours.pop();
  }

  get items(): readonly Neighbour[] {
    return this.neighbours;
  }
}

/** Numbers that one step of the WebAssembly loop processes. */
const LANES = 16;
const FLOAT_BYTES = 4;
const PAGE_BYTES = 65_536;

/** Dot products of up to QUERIES queries with a block of up to ROWS rows, in WebAssembly: JavaScript has no SIMD. */
export class DotKernel {
  static readonly QUERIES = 32;
  /** A block of 512-number vectors is half a megabyte: it stays in the processor's cache for all queries. */
  static readonly ROWS = 256;

  /** Numbers per row: the dimension rounded up to a multiple of LANES; the rest is zeros. */
  readonly stride: number;
  private readonly exports: Exports;
  private readonly floats: Float32Array;
  private readonly rowsAt: number;
  private readonly scoresAt: number;

  constructor(dimension: number) {
    this.stride = Math.ceil(dimension / LANES) * LANES;
    this.rowsAt = DotKernel.QUERIES * this.stride;
    this.scoresAt = this.rowsAt + DotKernel.ROWS * this.stride;
    const module = new WebAssembly.Module(Buffer.from(DOT_PRODUCT_WASM, 'base64'));
    this.exports = new WebAssembly.Instance(module).exports as Exports;
    const bytes = (this.scoresAt + DotKernel.ROWS) * FLOAT_BYTES;
    this.exports.memory.grow(Math.ceil(bytes / PAGE_BYTES));
    this.floats = new Float32Array(this.exports.memory.buffer);
  }

  loadQueries(queries: readonly Float32Array[]): void {
    this.floats.fill(0, 0, this.rowsAt);
    queries.forEach((query, index) => this.floats.set(query, index * this.stride));
  }

  /** @param rows complete rows of `stride` numbers */
  loadRows(rows: Float32Array): void {
    this.floats.set(rows, this.rowsAt);
  }

  /** Scores of a loaded query with the first `count` loaded rows. The next call overwrites the result. */
  dots(query: number, count: number): Float32Array {
    const [queryAt, rowsAt, bytes, scoresAt] = [
      query * this.stride,
      this.rowsAt,
      this.stride,
      this.scoresAt,
    ].map((floats) => floats * FLOAT_BYTES) as [number, number, number, number];
    this.exports.dots(queryAt, rowsAt, count, bytes, scoresAt);
    return this.floats.subarray(this.scoresAt, this.scoresAt + count);
  }
}

interface Exports {
  readonly memory: { readonly buffer: ArrayBuffer; grow(pages: number): number };
  dots(query: number, rows: number, count: number, bytes: number, out: number): void;
}

/** Node's types do not declare WebAssembly; only the types of browsers do. */
declare const WebAssembly: {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object) => { readonly exports: unknown };
};

/** dot-product.wat, assembled and encoded as base64. A test compares it with its source. */
export const DOT_PRODUCT_WASM =
  'AGFzbQEAAAABCQFgBX9/f39/AAMCAQAFAwEAAQcRAgZtZW1vcnkCAARkb3RzAAAKhQIBggICAn8EeyABIAIgA2xqIQUC' +
  'QANAIAEgBU8NAf0MAAAAAAAAAAAAAAAAAAAAACEHIAchCCAHIQkgByEKQQAhBgNAIAcgACAGav0ABAAgASAGav0ABAD9' +
  '5gH95AEhByAIIAAgBmr9AAQQIAEgBmr9AAQQ/eYB/eQBIQggCSAAIAZq/QAEICABIAZq/QAEIP3mAf3kASEJIAogACAG' +
  'av0ABDAgASAGav0ABDD95gH95AEhCiAGQcAAaiEGIAYgA0kNAAsgByAI/eQBIAkgCv3kAf3kASEHIAQgB/0fACAH/R8B' +
  'kiAH/R8CIAf9HwOSkjgCACAEQQRqIQQgASADaiEBDAALCws=';
