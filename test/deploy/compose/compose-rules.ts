import { imageProblem } from '../support/image-reference.js';
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

/** A service that is reached by an address in another's environment must be up, or be waited out, by then. */
export const whatIsAddressedIsStarted: ComposeRule = (file) =>
  Object.entries(file.services).flatMap(([name, { environment, networks }]) =>
    Object.values(environment)
      .flatMap((value) => [...value.matchAll(/:\/\/(?:[^@/\s]*@)?([a-z][a-z0-9-]*):\d+/g)])
      .map(([, host]) => host!)
      .flatMap((host) => {
        const target = file.services[host];
        if (!target) return [`${name} addresses ${host}, which there is not`];
        const shared = target.networks.some((network) => networks.includes(network));
        return shared ? [] : [`${name} addresses ${host}, and they share no network`];
      }),
  );

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
