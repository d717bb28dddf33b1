// npm run generate:alerts: writes observability/alerts into the PrometheusRule of k8s/components/monitoring, because
// kustomize cannot include the files of Prometheus in an object.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';

const SOURCE = 'observability/alerts';
const TARGET = 'k8s/components/monitoring/alerts.yaml';

const groups = readdirSync(SOURCE)
  .sort()
  .flatMap((name) => readFileSync(`${SOURCE}/${name}`, 'utf8').trimEnd().split('\n').slice(1))
  .map((line) => (line === '' ? '' : `  ${line}`));

writeFileSync(
  TARGET,
  `# Generated from ${SOURCE} by npm run generate:alerts.
apiVersion: monitoring.coreos.com/v1
kind: PrometheusRule
metadata:
  name: sightline
  namespace: sightline
  labels:
    release: kube-prometheus-stack
spec:
  groups:
${groups.join('\n')}
`,
);
