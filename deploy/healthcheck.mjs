// HEALTHCHECK of the images: exits 0 when the service in this container is ready.
const { PORT } = process.env;

const answer = await fetch(`http://127.0.0.1:${PORT}/health/ready`, {
  signal: AbortSignal.timeout(4_000),
}).catch((error) => ({ ok: false, text: () => Promise.resolve(String(error)) }));
if (!answer.ok) {
  process.stderr.write(`${await answer.text()}\n`);
  process.exitCode = 1;
}
