// npm run sightline -- COMMAND: the command line, compiled first where that is due.
import { CLI, setUpBuild } from './setup.mjs';
import { main, runHere } from './step.mjs';

await main(async () => {
  await setUpBuild();
  return runHere(process.execPath, [CLI, ...process.argv.slice(2)]);
});
