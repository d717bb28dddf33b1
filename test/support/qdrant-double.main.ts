import { startQdrantDouble } from './qdrant-double.js';

/** Runs the double as a separate process, for tests with several clients. Prints its URL as one line. */
const { PORT, QDRANT_API_KEY, SIGHTLINE_QDRANT_OPENAPI } = process.env;
const double = await startQdrantDouble({
  port: Number(PORT ?? 0),
  ...(QDRANT_API_KEY && { apiKey: QDRANT_API_KEY }),
  openApiFile: SIGHTLINE_QDRANT_OPENAPI,
});
process.stdout.write(`${double.url}\n`);
process.once('SIGTERM', () => {
  process.exitCode = double.violations.length > 0 ? 1 : 0;
  process.stderr.write(double.violations.map((violation) => `${violation}\n`).join(''));
  void double.stop();
});
