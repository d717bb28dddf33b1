// node scripts/set-up.mjs modules|build|redis|models …: prepares what the npm script that begins with it needs.
import { installModules, checkNode } from './node-modules.mjs';
import { setUpBuild, setUpModels, setUpRedis } from './setup.mjs';
import { main, SetupError } from './step.mjs';

async function setUpModules() {
  checkNode();
  await installModules();
}

const PARTS = {
  modules: setUpModules,
  build: setUpBuild,
  redis: setUpRedis,
  models: setUpModels,
};

await main(async () => {
  for (const name of process.argv.slice(2)) {
    const setUp = PARTS[name];
    if (!setUp)
      throw new SetupError(`usage: node scripts/set-up.mjs ${Object.keys(PARTS).join('|')} …`);
    await setUp();
  }
  return 0;
});
