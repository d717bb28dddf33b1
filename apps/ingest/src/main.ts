import { runService } from '#shared/platform/runtime/run-service.js';
import { loadIngestConfig } from './ingest.config.js';
import { IngestModule } from './ingest.module.js';

await runService('ingest', () => {
  const settings = loadIngestConfig();
  return { settings, module: IngestModule.register(settings) };
});
