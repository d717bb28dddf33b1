import { type RequestHandler } from 'express';
import { elideEmbeddings } from './elide-embeddings.js';
import { type ShownQueues } from './shown-queues.js';

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
