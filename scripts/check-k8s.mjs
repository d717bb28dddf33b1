// npm run check:k8s: builds the manifests of k8s/ and checks them against the Kubernetes schemas and our own rules.
import { setUpBuild, setUpKubectl } from './setup.mjs';
import { main, runHere, SetupError } from './step.mjs';

await main(async () => {
  await setUpBuild();
  if (!(await setUpKubectl())) throw new SetupError('this command needs kubectl 1.24 or newer');
  return runHere('npm', ['run', '--silent', 'test:only', '--', 'dist/test/deploy/kubernetes']);
});
