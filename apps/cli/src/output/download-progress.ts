const MB = 1_000_000;
/** How often progress is printed, milliseconds. */
const LINE_EVERY_MS = 5_000;

/** Tells now and then, on stderr, how much of a file has come. */
export function downloadProgress(what: string): (received: number, total: number | null) => void {
  let lastLine = Date.now();
  return (received, total) => {
    if (Date.now() - lastLine < LINE_EVERY_MS) return;
    lastLine = Date.now();
    const megabytes = (bytes: number) => (bytes / MB).toFixed(0);
    const of = total === null ? '' : ` of ${megabytes(total)}`;
    console.error(`  ${what}: ${megabytes(received)}${of} MB`);
  };
}
