import { type RequestHandler } from 'express';
import { type ShownQueues } from './shown-queues.js';

/** The value as the board shows it: a person's embedding is biometric data, and a page full of base64. */
function elideEmbeddings(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(elideEmbeddings);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, part]) => [
      name,
      name === 'embedding' ? '…' : elideEmbeddings(part),
    ]),
  );
}

/** bull-board at `basePath`, read-only; loaded only where somebody asked for it. */
export async function openBoard(basePath: string, queues: ShownQueues): Promise<RequestHandler> {
  const [{ createBullBoard }, { BullMQAdapter }, { ExpressAdapter }] = await Promise.all([
    import('@bull-board/api'),
    import('@bull-board/api/bullMQAdapter'),
    import('@bull-board/express'),
  ]);
  const server = new ExpressAdapter().setBasePath(basePath);
  const options = { uiConfig: { boardTitle: 'Sightline' } };
  const board = createBullBoard({ queues: [], serverAdapter: server, options });

  async function refresh(): Promise<void> {
    const shown = (await queues.list()).map((queue) => {
      const adapter = new BullMQAdapter(queue, { readOnlyMode: true });
      for (const field of ['data', 'returnValue'] as const) {
        adapter.setFormatter(field, elideEmbeddings);
      }
      return adapter;
    });
    board.replaceQueues(shown);
  }

  const router = server.getRouter() as RequestHandler;
  return (request, response, next) => {
    const ready = request.path.startsWith('/api/') ? refresh() : Promise.resolve();
    ready.then(() => router(request, response, next), next);
  };
}
