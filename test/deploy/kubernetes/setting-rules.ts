import { type IService } from 'kubernetes-models/v1/Service';
import { loadConfig } from '#shared/platform/settings/load-config.js';
import {
  defaultPort,
  SERVICE_NAMES,
  SERVICE_SCHEMAS,
  unknownSettings,
} from '../support/service-settings.js';
import { type Manifest, ofKind } from './manifests.js';
import { environmentOf, type Pods, podsOf, quantity } from './pods.js';

/** @param secrets the Secrets that the cluster would have */
export type SettingRule = (
  manifests: readonly Manifest[],
  secrets: readonly Manifest[],
) => string[];

function eachService(
  find: (
    service: (typeof SERVICE_NAMES)[number],
    pods: Pods,
    environment: Record<string, string>,
  ) => (string | false)[],
): SettingRule {
  return (manifests, secrets) =>
    podsOf(manifests).flatMap((pods) => {
      const service = SERVICE_NAMES.find((name) => pods.name === name);
      if (service === undefined) return [];
      return find(service, pods, environmentOf(pods, manifests, secrets))
        .filter((problem) => problem !== false)
        .map((problem) => `${pods.title}: ${problem}`);
    });
}

export const settingsLoad: SettingRule = eachService((service, _, environment) => {
  const unknown = unknownSettings(service, Object.keys(environment));
  try {
    loadConfig(SERVICE_SCHEMAS[service], environment);
  } catch (error) {
    return [(error as Error).message];
  }
  return unknown.map((name) => `${service} has no setting ${name}`);
});

export const portsAndProbesAgree: SettingRule = eachService((service, { spec }, environment) => {
  const { ports = [], startupProbe, livenessProbe, readinessProbe } = spec.containers[0]!;
  const port = defaultPort(service);
  return [
    ports[0]?.containerPort !== port && `its port is ${port}`,
    environment.PORT !== String(port) && `listens on ${environment.PORT}`,
    environment.HOST !== '0.0.0.0' && `listens on ${environment.HOST}`,
    startupProbe?.httpGet?.path !== '/health/live' &&
      'has a startup probe other than /health/live, which depends on other services',
    livenessProbe?.httpGet?.path !== '/health/live' &&
      'has a liveness probe other than /health/live, which depends on other services',
    readinessProbe?.httpGet?.path !== '/health/ready' &&
      'has a readiness probe other than /health/ready',
  ];
});

/** Kubernetes must not send SIGKILL while work in progress is finished. */
export const gracePeriodIsLongEnough: SettingRule = eachService((_, { spec }, environment) => {
  const [container] = spec.containers;
  const before = container?.lifecycle?.preStop?.sleep?.seconds ?? 0;
  const needed = before + Number(environment.SHUTDOWN_TIMEOUT_MS) / 1000;
  const granted = spec.terminationGracePeriodSeconds ?? 30;
  return [
    granted <= needed && `is killed after ${granted} s and may need ${needed} s to shut down`,
  ];
});

/** Node sees all cores of the machine, not the limit of the container. */
export const threadsFitTheCores: SettingRule = eachService((service, { spec }, environment) => {
  if (service !== 'embedder') return [];
  const cores = quantity(spec.containers[0]?.resources?.limits?.cpu);
  const threads = Number(environment.INFERENCE_THREADS);
  return [!(threads <= cores) && `runs ${environment.INFERENCE_THREADS} threads on ${cores} cores`];
});

export const addressedServicesExist: SettingRule = (manifests, secrets) => {
  const services = ofKind(manifests, 'Service') as unknown as IService[];
  return podsOf(manifests).flatMap((pods) =>
    Object.entries(environmentOf(pods, manifests, secrets))
      .flatMap(([name, value]) =>
        [...value.matchAll(/:\/\/(?:[^@/\s]*@)?([a-z][a-z0-9.-]*):(\d+)/g)].map(
          ([, host, port]) => ({ name, host: host!, port: Number(port) }),
        ),
      )
      .filter(({ host, port }) => !isServed(services, host, port))
      .map(
        ({ name, host, port }) =>
          `${pods.title}: ${name} has the address ${host}:${port}, which no Service has`,
      ),
  );
};

/** `redis`, or `qdrant-0.qdrant-nodes` of a StatefulSet. A name with more dots is outside the cluster. */
function isServed(services: readonly IService[], host: string, port: number): boolean {
  const [first, second, ...rest] = host.split('.');
  if (rest.length > 0) return true;
  return services.some(
    ({ metadata, spec }) =>
      metadata?.name === (second ?? first) && spec?.ports?.some((served) => served.port === port),
  );
}
