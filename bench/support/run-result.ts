export interface RunResult {
  readonly images: number;
  readonly faces: number;
  readonly seconds: number;
}
