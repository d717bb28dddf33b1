// npm run start ingest|embedder|matcher: compiles and starts one service with the settings of .env and the environment.
import { existsSync } from 'node:fs';
import path from 'node:path';
import { setUpBuild } from './setup.mjs';
import { main, ROOT, runHere, SetupError } from './step.mjs';

const APPS = ['ingest', 'embedder', 'matcher'];

await main(async () => {
  const [app, ...rest] = process.argv.slice(2);
  if (!APPS.includes(app)) throw new SetupError(`usage: npm run start ${APPS.join('|')}`);
  await setUpBuild();
  const env = existsSync(path.join(ROOT, '.env')) ? ['--env-file=.env'] : [];
  return runHere(process.execPath, [...env, `dist/apps/${app}/src/main.js`, ...rest]);
});
