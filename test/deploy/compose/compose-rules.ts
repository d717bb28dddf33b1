import { imageProblem } from '../support/image-reference.js';
import { defaultOf } from '../support/service-settings.js';
import { type ComposeFile, type ComposeService } from './compose-file.js';

/** @returns what is wrong, in words; empty when nothing is */
export type ComposeRule = (file: ComposeFile) => string[];

/** What a rule finds in one service, or null. */
function eachService(find: (service: ComposeService, file: ComposeFile) => string | null) {
  return (file: ComposeFile) =>
    Object.entries(file.services).flatMap(([name, service]) => {
      const problem = find(service, file);
      return problem === null ? [] : [`${name} ${problem}`];
    });
}

const SHUTDOWN_TIMEOUT_MS = defaultOf('SHUTDOWN_TIMEOUT_MS');

/** It ends by itself, and others wait for that, or it is a command that somebody runs. */
const ends = ({ restart }: ComposeService) => restart === 'on-failure' || restart === 'no';
const isOurs = ({ build }: ComposeService) => build !== undefined;

export const imagesArePinned: ComposeRule = eachService(({ image }) => imageProblem(image));

export const servicesAreHardened: ComposeRule = eachService((service) => {
  const missing = [
    !service.read_only && 'read_only',
    !service.cap_drop.includes('ALL') && 'cap_drop: [ALL]',
    !service.security_opt.includes('no-new-privileges:true') && 'no-new-privileges',
    !service.init && 'init',
  ].filter((name) => name !== false);
  return missing.length === 0 ? null : `lacks ${missing.join(', ')}`;
});

export const resourcesAreLimited: ComposeRule = eachService(({ deploy }) =>
  deploy ? null : 'has no limits of CPU and memory',
);

/** Images of ours bring their own HEALTHCHECK. */
export const healthIsKnown: ComposeRule = eachService((service) => {
  const { healthcheck } = service;
  const disabled = healthcheck !== undefined && 'disable' in healthcheck;
  if (ends(service)) return disabled ? null : 'ends by itself, so has no health';
  if (disabled) return 'turns its healthcheck off';
  return healthcheck === undefined && !isOurs(service) ? 'has no healthcheck' : null;
});

export const dependenciesAreWaitedForRightly: ComposeRule = (file) =>
  Object.entries(file.services).flatMap(([name, { depends_on: dependencies, profiles }]) =>
    Object.entries(dependencies).flatMap(([other, { condition }]) => {
      const target = file.services[other];
      if (!target) return [`${name} waits for ${other}, which there is not`];
      const right = ends(target) ? 'service_completed_successfully' : 'service_healthy';
      if (condition !== right) return [`${name} waits for ${other} by ${condition}, not ${right}`];
      const started = target.profiles.every((profile) => profiles.includes(profile));
      return started ? [] : [`${name} waits for ${other}, which only a profile starts`];
    }),
  );

/** A service that is reached by an address in another's environment must be up by then. */
export const whatIsAddressedIsStarted: ComposeRule = (file) =>
  Object.entries(file.services).flatMap(([name, { environment, networks }]) =>
    Object.values(environment)
      .flatMap((value) => [...value.matchAll(/:\/\/(?:[^@/\s]*@)?([a-z][a-z0-9-]*):\d+/g)])
      .map(([, host]) => host!)
      .flatMap((host) => {
        const target = file.services[host];
        if (!target) return [`${name} addresses ${host}, which there is not`];
        const shared = target.networks.some((network) => networks.includes(network));
        if (!shared) return [`${name} addresses ${host}, and they share no network`];
        const waits = waitedFor(file, name).has(host);
        return waits ? [] : [`${name} addresses ${host}, and does not wait for it`];
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

/** Refuses before it is killed, and forgets nothing. */
export const redisKeepsWhatItHolds: ComposeRule = eachService((service) => {
  if (!service.image.startsWith('redis:')) return null;
  const command = (service.command ?? []).join(' ');
  const [, megabytes] = /--maxmemory (\d+)mb\b/.exec(command) ?? [];
  const limit = Number.parseFloat(service.deploy?.resources.limits.memory ?? '0') * 1024;
  const missing = [
    !command.includes('--appendonly yes') && 'an append-only file',
    !command.includes('--maxmemory-policy noeviction') && 'noeviction',
    // The copy that is made while the append-only file is rewritten.
    !(Number(megabytes) * 1.25 <= limit) && 'room for a copy',
    !service.volumes.some(({ type, target }) => type === 'volume' && target === '/data') &&
      'a volume at /data',
  ].filter((name) => name !== false);
  return missing.length === 0 ? null : `lacks ${missing.join(', ')}`;
});

/** SIGKILL must not come while work in hand is being finished. */
export const servicesMayFinish: ComposeRule = eachService((service) => {
  if (!isOurs(service) || ends(service)) return null;
  const given = Number.parseInt(service.stop_grace_period ?? '10s', 10);
  const needed = Number(service.environment.SHUTDOWN_TIMEOUT_MS ?? SHUTDOWN_TIMEOUT_MS) / 1_000;
  return given > needed ? null : `is killed after ${given} s, and may need ${needed} s`;
});

/** Node sees the cores of the machine, not those that a container may use. */
export const threadsFitTheCores: ComposeRule = eachService(({ environment, deploy }) => {
  const threads = Number(environment.INFERENCE_THREADS ?? 0);
  const cores = Number(deploy?.resources.limits.cpus ?? 0);
  return threads <= cores ? null : `runs ${threads} threads on ${cores} cores`;
});

export const portsStayOnThisMachine: ComposeRule = eachService((service, { networks }) => {
  const open = service.ports.filter((port) => !port.startsWith('127.0.0.1:'));
  if (open.length > 0) return `publishes ${open.join(', ')} to everybody`;
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
  return unknown.length === 0 ? null : `uses ${unknown.join(', ')}, which there is not`;
});

export const volumesAreUsed: ComposeRule = ({ services, volumes }) => {
  const used = Object.values(services).flatMap((service) => service.volumes.map((v) => v.source));
  return Object.keys(volumes)
    .filter((name) => !used.includes(name))
    .map((name) => `nothing uses volume ${name}`);
};

export const gpuIsReservedByProfile: ComposeRule = (file) =>
  Object.entries(file.services).flatMap(([name, { deploy, profiles }]) => {
    const devices = deploy?.resources.reservations?.devices ?? [];
    const reserves = devices.some(({ capabilities }) => capabilities.includes('gpu'));
    if (reserves === profiles.includes('gpu')) return [];
    return [reserves ? `${name} reserves a GPU without profile gpu` : `${name} reserves no GPU`];
  });
