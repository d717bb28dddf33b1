/** dot-product.wat, assembled: WebAssembly because JavaScript has no SIMD. */
export const DOT_PRODUCT_WASM =
  'AGFzbQEAAAABCQFgBX9/f39/AAMCAQAFAwEAAQcRAgZtZW1vcnkCAARkb3RzAAAKhQIBggICAn8EeyABIAIgA2xqIQUC' +
  'QANAIAEgBU8NAf0MAAAAAAAAAAAAAAAAAAAAACEHIAchCCAHIQkgByEKQQAhBgNAIAcgACAGav0ABAAgASAGav0ABAD9' +
  '5gH95AEhByAIIAAgBmr9AAQQIAEgBmr9AAQQ/eYB/eQBIQggCSAAIAZq/QAEICABIAZq/QAEIP3mAf3kASEJIAogACAG' +
  'av0ABDAgASAGav0ABDD95gH95AEhCiAGQcAAaiEGIAYgA0kNAAsgByAI/eQBIAkgCv3kAf3kASEHIAQgB/0fACAH/R8B' +
  'kiAH/R8CIAf9HwOSkjgCACAEQQRqIQQgASADaiEBDAALCws=';

interface Exports {
  readonly memory: { readonly buffer: ArrayBuffer; grow(pages: number): number };
  dots(query: number, rows: number, count: number, bytes: number, out: number): void;
}

/** Node's types leave WebAssembly to those of browsers. */
declare const WebAssembly: {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object) => { readonly exports: unknown };
};

const LANES = 16;
const FLOAT_BYTES = 4;
const PAGE_BYTES = 65_536;

/** Dot products of up to QUERIES queries with blocks of up to ROWS rows. */
export class DotKernel {
  static readonly QUERIES = 32;
  /** Half a megabyte at 512 numbers: it stays in the processor's cache for all queries. */
  static readonly ROWS = 256;

  /** Numbers from one row to the next: the dimension, filled up with zeros. */
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

  /** @param rows whole rows, each `stride` numbers long */
  loadRows(rows: Float32Array): void {
    this.floats.set(rows, this.rowsAt);
  }

  /** Scores of one loaded query with the first `count` loaded rows; overwritten by the next call. */
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
