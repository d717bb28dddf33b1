import { lookup } from 'node:dns';
import http from 'node:http';
import https from 'node:https';
import { isIP, type LookupFunction } from 'node:net';
import { type Duplex } from 'node:stream';
import { type AddressPolicy } from './address-policy.js';

/** The policy forbids the connection; nothing was sent. */
export class AddressForbiddenError extends Error {
  /** @param host as in the request, @param address that it resolves to */
  constructor(host: string, address: string) {
    const of = host === address ? host : `${host} (${address})`;
    super(
      `${of} is an internal address; to allow requests to it, add it to ALLOW_INTERNAL_ADDRESSES`,
    );
    this.name = 'AddressForbiddenError';
  }
}

export interface GuardedAgents {
  readonly http: http.Agent;
  readonly https: https.Agent;
}

/**
 * Agents that check every connection against the policy, by the address that is connected to. A redirect, or a
 * name that later resolves to another address, gets no further. Requests fail with an AddressForbiddenError.
 */
export function guardedAgents(policy: AddressPolicy, options: http.AgentOptions): GuardedAgents {
  const guarded = { ...options, lookup: guardedLookup(policy) };
  return {
    http: guard(new http.Agent(guarded), policy),
    https: guard(new https.Agent(guarded), policy),
  };
}

/** A host that is an address already is connected to without a lookup, so it is checked here. */
function guard<Agent extends http.Agent>(agent: Agent, policy: AddressPolicy): Agent {
  const connect = agent.createConnection.bind(agent);
  agent.createConnection = (options, created) => {
    const { host } = options;
    if (!host || isIP(host) === 0 || policy.permits(host, host)) return connect(options, created);
    const error = new AddressForbiddenError(host, host);
    // In the next tick, because the request does not listen for errors yet.
    process.nextTick(() => created?.(error, undefined as unknown as Duplex));
    return undefined;
  };
  return agent;
}

function guardedLookup(policy: AddressPolicy): LookupFunction {
  return (host, options, done) => {
    lookup(host, { ...options, all: true }, (error, addresses) => {
      const forbidden = error ? undefined : addresses.find((a) => !policy.permits(host, a.address));
      const problem = error ?? (forbidden && new AddressForbiddenError(host, forbidden.address));
      if (problem) done(problem, []);
      else if (options.all) done(null, addresses);
      else done(null, addresses[0]!.address, addresses[0]!.family);
    });
  };
}
