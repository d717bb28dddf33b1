import { PipelineError } from '#shared/contracts/pipeline-error.js';
import { redact } from '#shared/contracts/redact.js';

/**
 * Runs the main function of a bench and sets the exit code that it returns. An expected error is printed as one
 * line; anything else keeps its stack. Both exit with 1.
 */
export async function runMain(main: () => Promise<number>): Promise<void> {
  try {
    process.exitCode = await main();
  } catch (error) {
    console.error(describe(error));
    process.exitCode = 1;
  }
}

function describe(error: unknown): string {
  if (error instanceof PipelineError) return `${error.code}: ${error.message}`;
  return redact(
    `INTERNAL: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
  );
}
