// npm test [-- jest arguments]: set-up, then every spec of the compiled output. Last line: `N passed, N failed`.
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
        // A test that failed may leave a process behind, whose pipes would hold up the sums for ever.
        'node_modules/jest/bin/jest.js',
        '--forceExit',
        '--json',
        `--outputFile=${file}`,
        ...process.argv.slice(2),
      ],
      {
        // Jest's processes have no hand on the environment that native libraries see.
        env: {
          ...process.env,
          ...(promtool && { SIGHTLINE_TEST_PROMTOOL: promtool }),
          ORT_DISABLE_TELEMETRY: '1',
          NODE_OPTIONS: nodeOptions(),
        },
        // Jest reports on stderr; stdout would be the JSON once more.
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
  if (code !== 0) throw new SetupError('the test photographs are not there; see above');
}

/** A file that did not even load counts as a failure; so does a run without tests. */
function sumUp(results, code) {
  const passed = results.numPassedTests;
  const failed = results.numFailedTests + results.numRuntimeErrorTestSuites;
  if (results.numPendingTests > 0) process.stdout.write(`${results.numPendingTests} skipped\n`);
  process.stdout.write(`${passed} passed, ${failed} failed\n`);
  return passed === 0 || failed > 0 ? 1 : code;
}
