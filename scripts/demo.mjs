// npm run demo [-- --people DIR --archive DIR|s3://bucket/prefix]
import { CLI, setUpBuild, setUpModels, setUpRedis } from './setup.mjs';
import { main, runHere } from './step.mjs';

await main(async () => {
  await setUpBuild();
  if (!process.env.REDIS_URL) await setUpRedis();
  await setUpModels();
  return runHere(process.execPath, [CLI, 'demo', ...process.argv.slice(2)]);
});
