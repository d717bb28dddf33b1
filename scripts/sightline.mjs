// npm run sightline -- COMMAND: runs the command line, and compiles it first if needed.
import { CLI, setUpBuild } from './setup.mjs';
import { main, runHere } from './step.mjs';

await main(async () => {
  await setUpBuild();
  return runHere(process.execPath, [CLI, ...process.argv.slice(2)]);
});
