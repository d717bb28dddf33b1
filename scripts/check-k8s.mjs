// npm run check:k8s: builds the manifests of k8s/ and holds them against the API's schemas and our rules.
import { setUpBuild, setUpKubectl } from './setup.mjs';
import { main, runHere, SetupError } from './step.mjs';

await main(async () => {
  await setUpBuild();
  if (!(await setUpKubectl())) throw new SetupError('kubectl 1.24 or newer is needed; see above');
  return runHere('npm', ['run', '--silent', 'test:only', '--', 'dist/test/deploy/kubernetes']);
});
