import { runService } from '#shared/platform/runtime/run-service.js';
import { loadMatcherConfig } from './matcher.config.js';
import { MatcherModule } from './matcher.module.js';
import { matcherNeeds } from './needs.js';

await runService('matcher', () => {
  const settings = loadMatcherConfig();
  return { settings, module: MatcherModule.register(settings), needs: matcherNeeds(settings) };
});
