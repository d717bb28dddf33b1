import { lookup } from 'node:dns';
import http from 'node:http';
import https from 'node:https';
import { isIP, type LookupFunction } from 'node:net';
import { type Duplex } from 'node:stream';
import { type AddressPolicy } from './address-policy.js';

/** A connection that the policy forbids; nothing was sent. */
export class AddressForbiddenError extends Error {
  /** @param host as it was asked for; it stands for `address` */
  constructor(host: string, address: string) {
    const of = host === address ? host : `${host} (${address})`;
    super(
      `${of} is an internal address; if requests may go there, add it to ALLOW_INTERNAL_ADDRESSES`,
    );
    this.name = 'AddressForbiddenError';
  }
}

export interface GuardedAgents {
  readonly http: http.Agent;
  readonly https: https.Agent;
}

/**
 * Agents whose every connection is held against the policy, by the very address that is connected to:
 * a name that is resolved to another address later, or a redirect, gets no further.
 * Requests fail with an AddressForbiddenError.
 */
export function guardedAgents(policy: AddressPolicy, options: http.AgentOptions): GuardedAgents {
  const guarded = { ...options, lookup: guardedLookup(policy) };
  return {
    http: new GuardedHttpAgent(policy, guarded),
    https: new GuardedHttpsAgent(policy, guarded),
  };
}

type Created = (error: Error | null, stream: Duplex) => void;

class GuardedHttpAgent extends http.Agent {
  constructor(
    private readonly policy: AddressPolicy,
    options: http.AgentOptions,
  ) {
    super(options);
  }

  override createConnection(options: http.ClientRequestArgs, created?: Created) {
    if (refuses(this.policy, options, created)) return undefined;
    return super.createConnection(options, created);
  }
}

class GuardedHttpsAgent extends https.Agent {
  constructor(
    private readonly policy: AddressPolicy,
    options: https.AgentOptions,
  ) {
    super(options);
  }

  override createConnection(options: https.RequestOptions, created?: Created) {
    if (refuses(this.policy, options, created)) return undefined;
    return super.createConnection(options, created);
  }
}

/** An address in the place of a name is connected to without a lookup. */
function refuses(
  policy: AddressPolicy,
  { host }: http.ClientRequestArgs,
  created: Created | undefined,
): boolean {
  if (!host || isIP(host) === 0 || policy.permits(host, host)) return false;
  const error = new AddressForbiddenError(host, host);
  // Not at once: the request that listens for it is only being made.
  process.nextTick(() => created?.(error, undefined as unknown as Duplex));
  return true;
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
