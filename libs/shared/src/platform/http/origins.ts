import { type NextFunction, type Request, type Response } from 'express';
import ipaddr from 'ipaddr.js';
import { type IncomingMessage } from 'node:http';
import { isIP } from 'node:net';
import { PipelineError } from '../../contracts/pipeline-error.js';
import { type AddressList } from '../net/address-list.js';
import { keyOf, isMetricsPath, isProbePath } from './keys.js';

export interface OriginConfig {
  readonly API_KEYS: ReadonlyMap<string, string>;
  readonly METRICS_KEY: string;
  readonly ADMIN_KEY?: string | undefined;
  readonly ALLOWED_HOSTS: AddressList;
  readonly CORS_ORIGINS: readonly string[];
}

/**
 * Keeps web pages of other origins out. A browser sends a page's request to a service on this machine although
 * the page may not read the answer, and by DNS rebinding a page reads it, too: its name then has the address
 * 127.0.0.1. A key stops both; where no key protects, the name in the header Host must be known.
 */
export class Origins {
  constructor(private readonly config: OriginConfig) {}

  /** Errors: ORIGIN_NOT_ALLOWED, HOST_NOT_ALLOWED (403). Probes get an answer, without details. */
  readonly middleware = (request: Request, response: Response, next: NextFunction): void => {
    response.setHeader('x-content-type-options', 'nosniff');
    next(isProbePath(request.path) ? undefined : this.problemOf(request));
  };

  /** Origins whose pages may use the service. Without keys there are none. */
  get cors(): readonly string[] {
    return this.config.API_KEYS.size === 0 ? [] : this.config.CORS_ORIGINS;
  }

  /**
   * Whether a caller may read why a service is not ready: with a key, or from this machine; without API_KEYS
   * under every name that is answered.
   */
  mayReadDetails(request: IncomingMessage): boolean {
    if (this.isForeign(request)) return false;
    if (keyOf(request.headers.authorization, this.config) !== null) return true;
    if (this.config.API_KEYS.size === 0) return this.isKnownHost(request.headers.host);
    return isLocal(request);
  }

  private problemOf(request: Request): PipelineError | undefined {
    if (this.isForeign(request)) {
      const how = 'send it without a browser, or list the origin in CORS_ORIGINS (needs API_KEYS)';
      return forbidden('ORIGIN_NOT_ALLOWED', `a page of another origin sent this request; ${how}`);
    }
    const { API_KEYS, METRICS_KEY } = this.config;
    const isKeyed = isMetricsPath(request.path) ? METRICS_KEY !== '' : API_KEYS.size > 0;
    if (isKeyed || this.isKnownHost(request.headers.host)) return undefined;
    const how = 'use a loopback name, list the name in ALLOWED_HOSTS, or set a key';
    return forbidden('HOST_NOT_ALLOWED', `requests with this Host header need a key; ${how}`);
  }

  private isForeign({ headers }: IncomingMessage): boolean {
    const { origin, host } = headers;
    if (origin === undefined) return headers['sec-fetch-site'] === 'cross-site';
    return !this.cors.includes(origin) && !isSameHost(origin, host);
  }

  private isKnownHost(host: string | undefined): boolean {
    const name = hostName(host);
    if (name === 'localhost') return true;
    if (isIP(name) === 0) return this.config.ALLOWED_HOSTS.hasName(name);
    const address = ipaddr.process(name);
    return address.range() === 'loopback' || this.config.ALLOWED_HOSTS.hasAddress(address);
  }
}

function forbidden(code: string, message: string): PipelineError {
  const options = { stage: 'query', class: 'quarantine', httpStatus: 403 } as const;
  return new PipelineError(code, message, options);
}

/** The name or address of a Host header without its port; '' for a header that is none. */
function hostName(host = ''): string {
  if (/[^a-z0-9.:[\]_-]/i.test(host) || !URL.canParse(`http://${host}`)) return '';
  return new URL(`http://${host}`).hostname.replace(/^\[(.*)\]$/, '$1');
}

/** The scheme is not compared: a proxy may accept HTTPS and speak HTTP to the service. */
function isSameHost(origin: string, host: string | undefined): boolean {
  return URL.canParse(origin) && new URL(origin).host === host?.toLowerCase();
}

/** A proxy on this machine adds one of these. */
const FORWARDED = ['forwarded', 'via', 'x-forwarded-for', 'x-real-ip'];

function isLocal({ socket, headers }: IncomingMessage): boolean {
  const [peer = ''] = (socket.remoteAddress ?? '').split('%');
  if (isIP(peer) === 0 || FORWARDED.some((name) => name in headers)) return false;
  return ipaddr.process(peer).range() === 'loopback';
}
