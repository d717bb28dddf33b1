// HEALTHCHECK of the images. Exits with 0 if the service in this container is ready, otherwise with 1.
const { PORT } = process.env;

const response = await fetch(`http://127.0.0.1:${PORT}/health/ready`, {
  signal: AbortSignal.timeout(4_000),
}).catch((error) => ({ ok: false, text: () => Promise.resolve(String(error)) }));
if (!response.ok) {
  process.stderr.write(`${await response.text()}\n`);
  process.exitCode = 1;
}
