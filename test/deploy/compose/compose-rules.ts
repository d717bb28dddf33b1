import { loadConfig } from '#shared/platform/settings/load-config.js';
import { imageProblem } from '../support/image-reference.js';
import {
  defaultOf,
  defaultPort,
  SERVICE_NAMES,
  SERVICE_SCHEMAS,
  unknownSettings,
} from '../support/service-settings.js';
import { type ComposeFile, type ComposeService } from './compose-file.js';

/** Returns one message for each problem. */
export type ComposeRule = (file: ComposeFile) => string[];

/** A rule that is applied to each service. `find` returns null when there is no problem. */
function eachService(find: (service: ComposeService, file: ComposeFile) => string | null) {
  return (file: ComposeFile) =>
    Object.entries(file.services).flatMap(([name, service]) => {
      const problem = find(service, file);
      return problem === null ? [] : [`${name} ${problem}`];
    });
}

const SHUTDOWN_TIMEOUT_MS = defaultOf('SHUTDOWN_TIMEOUT_MS');

/** A service that exits when it is done: a preparation step or a command. */
const exits = ({ restart }: ComposeService) => restart === 'on-failure' || restart === 'no';
const isOurs = ({ build }: ComposeService) => build !== undefined;

export const imagesArePinned: ComposeRule = eachService(({ image }) => imageProblem(image));

export const servicesAreHardened: ComposeRule = eachService((service) => {
  const missing = [
    !service.read_only && 'read_only',
    !service.cap_drop.includes('ALL') && 'cap_drop: [ALL]',
    !service.security_opt.includes('no-new-privileges:true') && 'no-new-privileges',
    !service.init && 'init',
  ].filter((name) => name !== false);
  return missing.length === 0 ? null : `does not set ${missing.join(', ')}`;
});

export const resourcesAreLimited: ComposeRule = eachService(({ deploy }) =>
  deploy ? null : 'has no limits for CPU and memory',
);

/** Our own images define a HEALTHCHECK. */
export const healthchecksAreDefined: ComposeRule = eachService((service) => {
  const { healthcheck } = service;
  const disabled = healthcheck !== undefined && 'disable' in healthcheck;
  if (exits(service)) return disabled ? null : 'exits by itself and must disable its healthcheck';
  if (disabled) return 'disables its healthcheck';
  return healthcheck === undefined && !isOurs(service) ? 'has no healthcheck' : null;
});

export const dependenciesHaveTheRightCondition: ComposeRule = (file) =>
  Object.entries(file.services).flatMap(([name, { depends_on: dependencies, profiles }]) =>
    Object.entries(dependencies).flatMap(([other, { condition }]) => {
      const target = file.services[other];
      if (!target) return [`${name} waits for ${other}, which does not exist`];
      const right = exits(target) ? 'service_completed_successfully' : 'service_healthy';
      if (condition !== right)
        return [`${name} waits for ${other} with ${condition} instead of ${right}`];
      const started = target.profiles.every((profile) => profiles.includes(profile));
      return started ? [] : [`${name} waits for ${other}, which starts only with a profile`];
    }),
  );

/** A service whose address is in the environment of another one is started before it, on a shared network. */
export const addressedServicesAreStarted: ComposeRule = (file) =>
  Object.entries(file.services).flatMap(([name, { environment, networks }]) =>
    Object.values(environment)
      .flatMap((value) => [...value.matchAll(/:\/\/(?:[^@/\s]*@)?([a-z][a-z0-9-]*):\d+/g)])
      .map(([, host]) => host!)
      .flatMap((host) => {
        const target = file.services[host];
        if (!target) return [`${name} has the address of ${host}, which does not exist`];
        const shared = target.networks.some((network) => networks.includes(network));
        if (!shared) return [`${name} has the address of ${host}, but they share no network`];
        const waits = waitedFor(file, name).has(host);
        return waits ? [] : [`${name} has the address of ${host}, but does not wait for it`];
      }),
  );

function waitedFor(file: ComposeFile, name: string, found = new Set<string>()): Set<string> {
  for (const other of Object.keys(file.services[name]?.depends_on ?? {})) {
    if (found.has(other)) continue;
    found.add(other);
    waitedFor(file, other, found);
  }
  return found;
}

/** Redis refuses writes before it runs out of memory, and writes everything to disk. */
export const redisIsDurable: ComposeRule = eachService((service) => {
  if (!service.image.startsWith('redis:')) return null;
  const command = (service.command ?? []).join(' ');
  const [, megabytes] = /--maxmemory (\d+)mb\b/.exec(command) ?? [];
  const limit = Number.parseFloat(service.deploy?.resources.limits.memory ?? '0') * 1024;
  const missing = [
    !command.includes('--appendonly yes') && 'an append-only file',
    !command.includes('--maxmemory-policy noeviction') && 'noeviction',
    // Redis copies memory while it rewrites the append-only file.
    !(Number(megabytes) * 1.25 <= limit) && 'memory for a copy',
    !service.volumes.some(({ type, target }) => type === 'volume' && target === '/data') &&
      'a volume at /data',
  ].filter((name) => name !== false);
  return missing.length === 0 ? null : `lacks ${missing.join(', ')}`;
});

/** Docker must not send SIGKILL while work in progress is finished. */
export const gracePeriodIsLongEnough: ComposeRule = eachService((service) => {
  if (!isOurs(service) || exits(service)) return null;
  const given = Number.parseInt(service.stop_grace_period ?? '10s', 10);
  const needed = Number(service.environment.SHUTDOWN_TIMEOUT_MS ?? SHUTDOWN_TIMEOUT_MS) / 1_000;
  return given > needed ? null : `is killed after ${given} s and may need ${needed} s to shut down`;
});

/** Node sees all cores of the machine, not the limit of the container. */
export const threadsFitTheCores: ComposeRule = eachService(({ environment, deploy }) => {
  const threads = Number(environment.INFERENCE_THREADS ?? 0);
  const cores = Number(deploy?.resources.limits.cpus ?? 0);
  return threads <= cores ? null : `runs ${threads} threads on ${cores} cores`;
});

export const portsArePublishedLocally: ComposeRule = eachService((service, { networks }) => {
  const open = service.ports.filter((port) => !port.startsWith('127.0.0.1:'));
  if (open.length > 0) return `publishes ${open.join(', ')} on all interfaces`;
  const reachable = service.networks.some((network) => networks[network]?.internal === false);
  if (service.ports.length > 0 && !reachable) return 'publishes ports from an internal network';
  return null;
});

export const namesExist: ComposeRule = eachService((service, { networks, volumes }) => {
  const unknown = [
    ...service.networks.filter((name) => networks[name] === undefined),
    ...service.volumes
      .filter(({ type, source }) => type === 'volume' && volumes[source] === undefined)
      .map(({ source }) => source),
  ];
  return unknown.length === 0 ? null : `uses ${unknown.join(', ')}, which is not defined`;
});

export const volumesAreUsed: ComposeRule = ({ services, volumes }) => {
  const used = Object.values(services).flatMap((service) => service.volumes.map((v) => v.source));
  return Object.keys(volumes)
    .filter((name) => !used.includes(name))
    .map((name) => `volume ${name} is not used`);
};

export const gpuIsReservedByProfile: ComposeRule = (file) =>
  Object.entries(file.services).flatMap(([name, { deploy, profiles }]) => {
    const devices = deploy?.resources.reservations?.devices ?? [];
    const reserves = devices.some(({ capabilities }) => capabilities.includes('gpu'));
    if (reserves === profiles.includes('gpu')) return [];
    return [
      reserves ? `${name} reserves a GPU without the profile gpu` : `${name} reserves no GPU`,
    ];
  });

/** Each service starts with its settings, on the port where its image checks its health and ports are published. */
export const settingsLoad: ComposeRule = (file) =>
  Object.entries(file.services).flatMap(([name, { entrypoint, build, environment, ports }]) => {
    const service = SERVICE_NAMES.find((candidate) => build?.target.startsWith(candidate));
    if (service === undefined || entrypoint !== undefined) return [];
    const port = defaultPort(service);
    return [
      ...problemsOfLoading(() => loadConfig(SERVICE_SCHEMAS[service], environment)),
      ...unknownSettings(service, Object.keys(environment)).map(
        (key) => `${service} has no setting ${key}`,
      ),
      ...(environment.PORT === String(port)
        ? []
        : [`listens on ${environment.PORT} instead of ${port}`]),
      ...ports
        .filter((text) => !text.endsWith(`:${port}:${port}`))
        .map((text) => `publishes ${text}`),
    ].map((problem) => `${name}: ${problem}`);
  });

function problemsOfLoading(load: () => unknown): string[] {
  try {
    load();
    return [];
  } catch (error) {
    return [(error as Error).message];
  }
}
