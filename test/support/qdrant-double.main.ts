import { startQdrantDouble } from './qdrant-double.js';

/** The double as a process of its own, for tests with several clients: prints its URL as one line. */
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
