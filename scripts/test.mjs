// npm test [-- jest arguments]: sets the machine up and runs all tests. Prints `N passed, N failed` last.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { CLI, setUpBrowser, setUpBuild, setUpKubectl, setUpModels, setUpRedis } from './setup.mjs';
import { findPromtool } from './promtool.mjs';
import { main, ROOT, runHere, SetupError } from './step.mjs';

await main(async () => {
  await setUpBuild();
  await setUpRedis();
  await setUpBrowser();
  await setUpKubectl();
  const promtool = await findPromtool();
  await setUpModels();
  await fetchPhotographs();
  const folder = mkdtempSync(path.join(tmpdir(), 'sightline-test-'));
  const file = path.join(folder, 'jest.json');
  try {
    const code = await runHere(
      process.execPath,
      [
        // A failed test may leave a process behind, whose open pipes would keep Jest from exiting.
        'node_modules/jest/bin/jest.js',
        '--forceExit',
        '--json',
        `--outputFile=${file}`,
        ...process.argv.slice(2),
      ],
      {
        // Set here, because tests cannot change the environment that native libraries read.
        env: {
          ...process.env,
          ...(promtool && { SIGHTLINE_TEST_PROMTOOL: promtool }),
          ORT_DISABLE_TELEMETRY: '1',
          NODE_OPTIONS: nodeOptions(),
        },
        // Jest reports on stderr; on stdout it would print the JSON again.
        stdio: ['inherit', 'ignore', 'inherit'],
      },
    );
    return sumUp(JSON.parse(readFileSync(file, 'utf8')), code);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

function nodeOptions() {
  const ours = '--experimental-vm-modules --no-warnings=ExperimentalWarning';
  return [process.env.NODE_OPTIONS, ours].filter(Boolean).join(' ');
}

async function fetchPhotographs() {
  const folder = process.env.SIGHTLINE_TEST_PHOTOS || path.join(ROOT, 'data', 'photos');
  const code = await runHere(process.execPath, [CLI, 'photographs', folder], {
    stdio: ['ignore', process.stderr, 'inherit'],
  });
  if (code !== 0)
    throw new SetupError('the test photographs could not be downloaded; see the messages above');
}

/** A test file that does not load counts as a failure, and so does a run without tests. */
function sumUp(results, code) {
  const passed = results.numPassedTests;
  const failed = results.numFailedTests + results.numRuntimeErrorTestSuites;
  if (results.numPendingTests > 0) process.stdout.write(`${results.numPendingTests} skipped\n`);
  process.stdout.write(`${passed} passed, ${failed} failed\n`);
  return passed === 0 || failed > 0 ? 1 : code;
}
