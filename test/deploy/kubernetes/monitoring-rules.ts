import { type IScaledObject } from '@kubernetes-models/keda/keda.sh/v1alpha1/ScaledObject';
import { type ITriggerAuthentication } from '@kubernetes-models/keda/keda.sh/v1alpha1/TriggerAuthentication';
import { type IPodMonitor } from '@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1/PodMonitor';
import { SERVICE_NAMES } from '../support/service-settings.js';
import { type Manifest, ofKind } from './manifests.js';
import { type ManifestRule } from './pod-rules.js';
import { type Pods, podsOf, portNamesOf, selects } from './pods.js';

const MEASURED = [...SERVICE_NAMES, 'qdrant'];

/** If there are PodMonitors, they cover every workload with metrics, under the job name that the alerts use. */
export const monitorsReachPods: ManifestRule = (manifests) => {
  const scrapes = scrapesOf(manifests);
  if (ofKind(manifests, 'PodMonitor').length === 0) return [];
  return [
    ...podsOf(manifests)
      .filter(({ name }) => MEASURED.includes(name))
      .filter(({ name }) => !scrapes.some(({ pods }) => pods.name === name))
      .map(({ title }) => `no PodMonitor selects ${title}`),
    ...scrapes.flatMap(({ pods, endpoint, job }) => [
      ...(job === pods.name ? [] : [`${pods.title} is scraped under the job name ${job}`]),
      ...(portNamesOf(pods).includes(endpoint.port)
        ? []
        : [`${pods.title} has no port ${endpoint.port}`]),
    ]),
  ];
};

/** Prometheus and KEDA send the key of protected metrics; without it alerts have no data and nothing scales. */
export const metricsReadersSendTheKey: ManifestRule = (manifests) => {
  const scalingKey = podsOf(manifests)
    .filter(({ name }) => SERVICE_NAMES.some((service) => service === name))
    .map(keyOf)
    .find((key) => key !== undefined);
  return [
    ...scrapesOf(manifests)
      .filter(({ pods, endpoint }) => keyOf(pods) !== nameOf(endpoint.authorization?.credentials))
      .map(({ pods }) => `${pods.title} is scraped without its key`),
    ...(ofKind(manifests, 'ScaledObject') as unknown as IScaledObject[])
      .filter(({ spec }) =>
        spec.triggers.some((trigger) => keySentBy(trigger, manifests) !== scalingKey),
      )
      .map(({ metadata }) => `ScaledObject ${metadata?.name} does not send the key`),
  ];
};

type Endpoint = IPodMonitor['spec']['podMetricsEndpoints'][number];
interface Scrape {
  readonly pods: Pods;
  readonly endpoint: Endpoint;
  readonly job: string | undefined;
}

function scrapesOf(manifests: readonly Manifest[]): Scrape[] {
  const monitors = ofKind(manifests, 'PodMonitor') as unknown as IPodMonitor[];
  return monitors.flatMap(({ spec: { selector, jobLabel = '', podMetricsEndpoints } }) =>
    podsOf(manifests)
      .filter(({ labels }) => selects(selector, labels))
      .flatMap((pods) =>
        podMetricsEndpoints.map((endpoint) => ({ pods, endpoint, job: pods.labels[jobLabel] })),
      ),
  );
}

interface SecretKey {
  readonly name?: string;
  readonly key: string;
}

function nameOf(secret: SecretKey | undefined): string | undefined {
  return secret && `${secret.name}/${secret.key}`;
}

/** The key that protects a pod's metrics. */
function keyOf({ spec }: Pods): string | undefined {
  const variable = spec.containers[0]?.env?.find(({ name }) =>
    ['METRICS_KEY', 'QDRANT__SERVICE__API_KEY'].includes(name),
  );
  return nameOf(variable?.valueFrom?.secretKeyRef);
}

function keySentBy(
  { metadata, authenticationRef }: IScaledObject['spec']['triggers'][number],
  manifests: readonly Manifest[],
): string | undefined {
  if (metadata.authMode !== 'bearer') return undefined;
  const found = ofKind(manifests, 'TriggerAuthentication').find(
    (manifest) => manifest.metadata.name === authenticationRef?.name,
  ) as unknown as ITriggerAuthentication | undefined;
  return nameOf(found?.spec.secretTargetRef?.find(({ parameter }) => parameter === 'token'));
}
